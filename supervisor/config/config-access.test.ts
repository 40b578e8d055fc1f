import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { closeAccess, closedAccess } from './config-access.js';
import { ConfigSource } from './config-source.js';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'roost-access-'));
  file = join(dir, 'roost.yaml');
  writeFileSync(file, 'pool: { size: 2 }\n');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe.skipIf(process.platform === 'win32')('who may write the config', () => {
  it.each([
    [0o600, '600', null],
    [0o644, '644', null],
    [0o666, '644', /by everybody on this machine \(mode 0666\).*took that right away \(0644\)/],
    [0o664, '644', /by its group \(mode 0664\)/],
    [0o622, '600', /by everybody/],
  ])('a mode of %s becomes %s: what others may read stays, what they may write goes', async (mode, left, told) => {
    chmodSync(file, mode);
    const { mended, exposed } = await closeAccess(file);
    expect(modeOf(file)).toBe(left);
    if (told === null) expect(mended).toBeNull();
    else expect(mended).toMatch(told);
    expect(exposed).toBeNull();
    expect(await closeAccess(file)).toEqual(closedAccess);
  });

  it('the file behind a link is meant, not the link', async () => {
    chmodSync(file, 0o666);
    const link = join(dir, 'link.yaml');
    symlinkSync(file, link);
    expect((await closeAccess(link)).mended).toContain(file);
    expect(modeOf(file)).toBe('644');
  });

  it('what cannot be taken away is for a person', async () => {
    chmodSync(file, 0o666);
    const refused = () => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' }));
    const { mended, exposed } = await closeAccess(file, 'linux', refused);
    expect(mended).toBeNull();
    expect(exposed).toMatch(/Roost may not change that \(EPERM\): chmod go-w /);
  });

  it('a folder in which everybody may put another file in its place is told, one like /tmp is not', async () => {
    const folder = join(dir, 'open');
    mkdirSync(folder);
    const inside = join(folder, 'roost.yaml');
    writeFileSync(inside, '', { mode: 0o600 });
    chmodSync(folder, 0o777);
    expect((await closeAccess(inside)).exposed).toMatch(/another file in the place.*mode 0777\): chmod o-w /);
    chmodSync(folder, 0o1777);
    expect((await closeAccess(inside)).exposed).toBeNull();
  });

  it('a file that is not there, and Windows, have nothing to tell', async () => {
    expect(await closeAccess(join(dir, 'none.yaml'))).toEqual(closedAccess);
    chmodSync(file, 0o666);
    expect(await closeAccess(file, 'win32')).toEqual(closedAccess);
    expect(modeOf(file)).toBe('666');
  });

  it('is looked at when the config is opened and whenever its file changes, and an edit never gives it back', async () => {
    chmodSync(file, 0o666);
    const source = await ConfigSource.open({ dataDir: dir, configFile: file, env: {}, clock: systemClock, log: silentLog, settleMs: 1 });
    expect(source.access.mended).toContain('0666');
    const told: string[] = [];
    source.onWarning((warning) => told.push(warning));
    chmodSync(file, 0o646);
    await source.look();
    expect(told).toEqual([expect.stringContaining('0646')]);
    expect(modeOf(file)).toBe('644');
    chmodSync(file, 0o666);
    await source.edit((text) => text.replace('2', '3'));
    expect(modeOf(file)).toBe('644');
    expect(source.current.pool.size).toBe(3);
  });
});
