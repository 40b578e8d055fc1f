import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../core/base/log.js';
import { openOutside } from './open-outside.js';
import { confine, denyPermissions } from './security.js';
import { opened } from './test-electron.js';

type Session = Parameters<typeof denyPermissions>[0];

/** Takes every handler that is set, whatever its name. */
class FakeSession extends EventEmitter {
  readonly handlers: Record<string, (...args: unknown[]) => unknown> = {};
  setPermissionRequestHandler = (handler: never): void => this.#keep('request', handler);
  setPermissionCheckHandler = (handler: never): void => this.#keep('check', handler);
  setDevicePermissionHandler = (handler: never): void => this.#keep('device', handler);
  setDisplayMediaRequestHandler = (handler: never): void => this.#keep('display', handler);
  #keep(name: string, handler: never): void {
    this.handlers[name] = handler;
  }
}

const permissions = [
  'clipboard-read',
  'clipboard-sanitized-write',
  'display-capture',
  'fullscreen',
  'geolocation',
  'hid',
  'idle-detection',
  'keyboardLock',
  'media',
  'mediaKeySystem',
  'midi',
  'midiSysex',
  'notifications',
  'pointerLock',
  'openExternal',
  'serial',
  'speaker-selection',
  'storage-access',
  'top-level-storage-access',
  'usb',
  'window-management',
  'unknown',
  'deprecated-sync-clipboard-read',
  'fileSystem',
];

describe('denyPermissions', () => {
  const target = new FakeSession();
  denyPermissions(target as unknown as Session);
  const { request, check, device, display } = target.handlers;

  it.each(permissions)('%s', (permission) => {
    const answer = vi.fn();
    request?.({}, permission, answer, {});
    expect(answer.mock.calls).toEqual([[false]]);
    expect(check?.({}, permission, 'app://roost', {})).toBe(false);
  });

  it('devices, screens and downloads', () => {
    expect(device?.({ deviceType: 'usb', origin: 'app://roost' })).toBe(false);
    const answer = vi.fn();
    display?.({}, answer);
    expect(answer.mock.calls).toEqual([[{}]]);
    const preventDefault = vi.fn();
    target.emit('will-download', { preventDefault });
    expect(preventDefault).toHaveBeenCalledOnce();
  });
});

describe('confine', () => {
  class FakeContents extends EventEmitter {
    open: ((details: { url: string }) => unknown) | undefined;
    setWindowOpenHandler(handler: (details: { url: string }) => unknown): void {
      this.open = handler;
    }
  }
  const contents = new FakeContents();
  confine(contents as never, silentLog);

  it.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('%s leads nowhere else', (event) => {
    const tried = (url: string): boolean => {
      const preventDefault = vi.fn();
      contents.emit(event, { url, preventDefault });
      return preventDefault.mock.calls.length > 0;
    };
    expect(tried('app://roost/index.html')).toBe(false);
    for (const url of ['https://example.com/', 'file:///etc/passwd', 'app://evil/', 'javascript:alert(1)', 'data:text/html,x']) expect(tried(url)).toBe(true);
  });

  it('attaches no webview and opens no window', () => {
    const preventDefault = vi.fn();
    contents.emit('will-attach-webview', { preventDefault });
    expect(preventDefault).toHaveBeenCalledOnce();
    for (const url of ['app://roost/', 'https://redis.io/', 'about:blank']) expect(contents.open?.({ url })).toEqual({ action: 'deny' });
  });
});

describe('openOutside', () => {
  it('hands only listed addresses to the system', async () => {
    expect(await openOutside('https://redis.io/docs/latest/', silentLog)).toBe(true);
    for (const address of ['file:///etc/passwd', 'https://evil.example/', 'smb://redis.io/x', ' https://redis.io@evil.example/'])
      expect(await openOutside(address, silentLog)).toBe(false);
    expect(opened).toEqual(['https://redis.io/docs/latest/']);
  });
});
