import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Rules about the text of this room that no type and no single test can hold. */
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(join(import.meta.dirname, name), 'utf8') }));
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
const holders = (pattern: RegExp): string[] => files.filter((file) => pattern.test(code(file.text))).map((file) => file.name);
const count = (pattern: RegExp): number => files.reduce((sum, file) => sum + (code(file.text).match(pattern)?.length ?? 0), 0);

describe('the desktop door', () => {
  it('loads one address, and that is a constant', () => {
    expect(count(/\bloadURL\(/g)).toBe(1);
    expect(count(/\bloadURL\(addressOf\(place\)\)/g)).toBe(1);
    expect(holders(/\bloadFile\(/)).toEqual([]);
  });

  it('writes web preferences in one place', () => {
    expect(holders(/\bnew BrowserWindow\(/)).toEqual(['window.ts']);
    expect(holders(/\bwebPreferences: (?!webPreferences\()/)).toEqual([]);
  });

  it('never weakens the sandbox or the web rules', () => {
    expect(holders(/appendSwitch|disableHardwareAcceleration|bypassCSP|corsEnabled|enableBlinkFeatures|allowpopups/)).toEqual([]);
    expect(holders(/(sandbox|contextIsolation|webSecurity): false|nodeIntegration: true/)).toEqual([]);
  });

  it('starts Node children as utility processes only', () => expect(holders(/child_process|RUN_AS_NODE|\bfork\(.*execPath/)).toEqual([]));

  it('has no handler for messages from a page', () => expect(holders(/\bipcMain\b|\.ipc\.(on|handle)|['"]ipc-message/)).toEqual([]));

  it('opens outside addresses in one place', () => expect(holders(/\bopenExternal\(/)).toEqual(['open-outside.ts']));

  it('exposes one object to the page, of values and named functions', () => {
    const preload = code(files.find((file) => file.name === 'preload.ts')?.text ?? '');
    const exposed = /exposeInMainWorld\('roostDesktop', \{([^}]*)\}\)/.exec(preload)?.[1] ?? '';
    expect(preload.match(/exposeInMainWorld\(/g)).toHaveLength(1);
    expect(exposed.split(',').map((part) => part.trim())).toEqual(["door: 'desktop'", 'platform: process.platform', 'requestPort']);
    expect(preload).not.toMatch(/ipcRenderer\.(invoke|send)/);
  });

  it('keeps the preload in one file: a sandboxed preload cannot load a second', () => {
    const preload = code(files.find((file) => file.name === 'preload.ts')?.text ?? '');
    expect([...preload.matchAll(/from '([^']+)'/g)].map((match) => match[1])).toEqual(['electron']);
  });

  it('awaits nothing at the top of main.ts: Electron says ready only after the module has ended', () => {
    const main = code(files.find((file) => file.name === 'main.ts')?.text ?? '');
    expect(main.split('\n').filter((line) => /^\S/.test(line) && /\bawait\b/.test(line))).toEqual([]);
  });
});
