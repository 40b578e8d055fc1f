import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Transport } from '../contract/transport.js';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { RendererLink } from './renderer-link.js';
import type { FakePort } from './test-electron.js';

class FakeContents extends EventEmitter {
  url = 'app://roost/';
  readonly ports: FakePort[] = [];
  readonly mainFrame = {
    contents: this as FakeContents,
    get url(): string {
      return this.contents.url;
    },
    postMessage: (channel: string, message: unknown, transfer: FakePort[]): void => {
      expect([channel, message, transfer.length]).toEqual(['roost-port', null, 1]);
      this.ports.push(...transfer);
    },
  };
  isDestroyed(): boolean {
    return false;
  }
  get port(): FakePort | undefined {
    return this.ports.at(-1);
  }
}

function rig() {
  const contents = new FakeContents();
  const clock = new ManualClock();
  const served: Transport[] = [];
  const closed: string[] = [];
  const shown: boolean[] = [];
  const link = new RendererLink({
    contents: contents as never,
    clock,
    log: silentLog,
    serve(transport) {
      served.push(transport);
      transport.onMessage((text) => transport.send(`echo ${text}`));
      transport.onClose((reason) => closed.push(reason));
      return { shown: (seen: boolean) => void shown.push(seen) };
    },
  });
  link.start();
  return { contents, clock, served, closed, shown, link };
}

describe('RendererLink', () => {
  it('tells each channel whether the window is shown, also one that is opened while it is hidden', () => {
    const { contents, link, shown } = rig();
    link.shown(false);
    contents.emit('did-finish-load');
    expect(shown).toEqual([false]);
    link.shown(true);
    contents.emit('did-finish-load');
    expect(shown).toEqual([false, true, true]);
  });

  it('gives a loaded page of ours one channel that works both ways', () => {
    const { contents, served } = rig();
    expect(served).toHaveLength(0);
    contents.emit('did-finish-load');
    const heard: unknown[] = [];
    contents.port?.on('message', (event: { data: unknown }) => heard.push(event.data));
    contents.port?.postMessage('hello');
    expect(heard).toEqual(['echo hello']);
    expect(served).toHaveLength(1);
  });

  it.each(['https://evil.example/', 'about:blank', 'chrome-error://chromewebdata/', 'app://evil/', 'data:text/html,x', ''])('gives %j nothing', (url) => {
    const { contents, served } = rig();
    contents.url = url;
    contents.emit('did-finish-load');
    expect(served).toHaveLength(0);
    expect(contents.ports).toHaveLength(0);
  });

  it('ends the channel with its page and gives the next page a fresh one', async () => {
    const { contents, clock, served, closed } = rig();
    contents.emit('did-finish-load');
    // The port of a page that goes away closes by itself, a moment before the new page is there.
    contents.port?.close();
    contents.emit('did-navigate');
    await clock.advance(1_000);
    expect(served).toHaveLength(1);
    contents.emit('did-finish-load');
    expect(served).toHaveLength(2);
    contents.emit('did-navigate');
    expect(closed).toEqual(['the other side closed', 'the page was replaced']);
  });

  it('keeps the channel when a navigation was refused', async () => {
    const { contents, clock, served, closed } = rig();
    contents.emit('did-finish-load');
    contents.port?.postMessage('hello');
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    await clock.advance(60_000);
    expect(closed).toEqual([]);
    expect(served).toHaveLength(1);
  });

  it('offers a new channel when the page closed its own, after a pause', async () => {
    const { contents, clock, served } = rig();
    contents.emit('did-finish-load');
    contents.port?.close();
    expect(served).toHaveLength(1);
    await clock.advance(250);
    expect(served).toHaveLength(2);
  });

  it('replaces a channel on which the page stays silent, but not one that is used', async () => {
    const { contents, clock, served } = rig();
    contents.emit('did-finish-load');
    await clock.advance(10_250);
    expect(served).toHaveLength(2);
    contents.port?.postMessage('hello');
    await clock.advance(120_000);
    expect(served).toHaveLength(2);
  });

  it('cuts a screen that hangs and comes back with it', async () => {
    const { contents, clock, served, closed } = rig();
    contents.emit('did-finish-load');
    contents.emit('unresponsive');
    expect(closed).toEqual(['the screen hangs']);
    await clock.advance(60_000);
    expect(served).toHaveLength(1);
    contents.emit('responsive');
    expect(served).toHaveLength(2);
  });

  it.each(['render-process-gone', 'destroyed'])('ends for good on %s', async (event) => {
    const { contents, clock, served, closed } = rig();
    contents.emit('did-finish-load');
    contents.emit(event);
    await clock.advance(60_000);
    expect(closed).toHaveLength(1);
    expect(served).toHaveLength(1);
  });
});
