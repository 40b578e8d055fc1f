import { chmod, lstat, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { ConfigSource } from './config-source.js';
import { editedText } from './edit-config.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-edit-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const open = (file?: string): Promise<ConfigSource> => ConfigSource.open({ dataDir: dir, configFile: file, env: {}, clock: systemClock, log: silentLog });
const sized = (size: number) => (text: string) => editedText(text, [{ path: ['pool', 'size'], value: size }]);
const file = (): string => join(dir, 'roost.yaml');

describe('an edit of the config from inside', () => {
  test('makes the file where there is none, and is in force when it resolves', async () => {
    const source = await open();
    const seen: number[] = [];
    source.onChange(({ config }) => seen.push(config.pool.size));
    await source.edit(sized(7));
    expect(source.current.pool.size).toBe(7);
    expect(seen).toEqual([7]);
    expect(await readFile(file(), 'utf8')).toContain('size: 7');
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    // The next look finds nothing new.
    await source.look();
    expect(seen).toEqual([7]);
  });
  test('a hundred at once all count, one after another', async () => {
    const source = await open();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        source.edit((text) => editedText(text, [{ path: ['schedules', `s${index}`], value: { every: '1h', handler: 'command', data: { argv: ['x'] } } }])),
      ),
    );
    expect(Object.keys(source.current.schedules).length).toBe(105);
    expect((await open()).current.schedules).toEqual(source.current.schedules);
    expect((await readdir(dir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await readdir(join(dir, 'config-backups'))).length).toBe(5);
  });
  test('that would break the file is refused and changes nothing', async () => {
    await writeFile(file(), 'pool: { size: 2 } # two\n');
    const source = await open();
    await expect(source.edit(sized(-1))).rejects.toMatchObject({ code: 'config-invalid' });
    await expect(source.edit((text) => editedText(text, [{ path: ['schedules', 'a'], value: { cron: '61 * * * *', handler: 'command' } }]))).rejects.toThrow(
      /schedules.a: cron/,
    );
    expect(await readFile(file(), 'utf8')).toBe('pool: { size: 2 } # two\n');
    expect(source.current.pool.size).toBe(2);
    await source.edit(sized(3));
    expect(await readFile(file(), 'utf8')).toBe('pool: { size: 3 } # two\n');
  });
  test('of a file that somebody else has broken is refused', async () => {
    await writeFile(file(), 'pool: { size: 2 }\n');
    const source = await open();
    await writeFile(file(), 'pool: [');
    await source.look();
    await expect(source.edit(sized(3))).rejects.toThrow(/not in order/);
    expect(await readFile(file(), 'utf8')).toBe('pool: [');
  });
  test('builds on what somebody else has just written, even before it was taken over', async () => {
    await writeFile(file(), 'pool: { size: 2 }\n');
    const source = await open();
    await writeFile(file(), 'pool: { size: 2 }\nturns: { deadline: 7m }\n');
    await source.edit(sized(3));
    expect(source.current).toMatchObject({ pool: { size: 3 }, turns: { deadline: 420_000 } });
  });
  test('a link stays a link, and whoever may read the file still may', async () => {
    const target = join(dir, 'real.yaml');
    await writeFile(target, 'pool: { size: 2 }\n');
    await chmod(target, 0o644);
    await symlink(target, file());
    const source = await open();
    await source.edit(sized(4));
    expect((await lstat(file())).isSymbolicLink()).toBe(true);
    expect(await realpath(file())).toBe(await realpath(target));
    expect((await stat(target)).mode & 0o777).toBe(0o644);
    expect(await readFile(target, 'utf8')).toContain('size: 4');
  });
});
