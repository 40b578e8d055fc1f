import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystem, keepCopy, listCopies, realFiles, removeStaleTemporaries, removeStaleTemporariesOf, writeFileAtomic } from './atomic-file.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-atomic-'));
  path = join(dir, 'state.json');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** The real file system, until the named call: that one fails, or writes only the beginning. */
function failing(at: 'open' | 'writeFile' | 'short' | 'corrupt' | 'sync' | 'rename', code = 'ENOSPC'): FileSystem {
  return {
    ...realFiles,
    async open(file, flags, mode) {
      if (at === 'open' && flags === 'wx') throw failure(code);
      const handle = await realFiles.open(file, flags, mode);
      return {
        writeFile: async (data) => {
          const bytes = data as Buffer;
          if (at === 'writeFile') throw failure(code);
          const flipped = Buffer.from(bytes);
          flipped[0] = 0;
          await handle.writeFile(at === 'short' ? bytes.subarray(0, 3) : at === 'corrupt' ? flipped : bytes);
        },
        stat: ((...args: []) => handle.stat(...args)) as typeof handle.stat,
        sync: async () => {
          if (at === 'sync' && flags === 'wx') throw failure(code);
          await handle.sync();
        },
        close: () => handle.close(),
      };
    },
    async rename(from, to) {
      if (at === 'rename') throw failure(code);
      await realFiles.rename(from, to);
    },
  };
}

describe('writeFileAtomic', () => {
  it('writes for the owner only, replaces, and leaves nothing beside it', async () => {
    await writeFileAtomic({ path, text: 'old' });
    await writeFileAtomic({ path, text: 'ä new' });
    expect(await readFile(path, 'utf8')).toBe('ä new');
    expect(await readdir(dir)).toEqual(['state.json']);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each(['open', 'writeFile', 'short', 'corrupt', 'sync', 'rename'] as const)(
    'a failure at %s leaves the old file byte for byte and no half-made one',
    async (at) => {
      await writeFile(path, '{"old":true}');
      await expect(writeFileAtomic({ path, text: '{"new":true}', files: failing(at) })).rejects.toThrow();
      expect(await readFile(path, 'utf8')).toBe('{"old":true}');
      expect(await readdir(dir)).toEqual(['state.json']);
    },
  );

  it('says that the disk is full when only the beginning was written', async () => {
    await expect(writeFileAtomic({ path, text: '{"new":true}', files: failing('short') })).rejects.toThrow('only 3 of 12 bytes');
  });

  it('refuses what the verifier refuses', async () => {
    await writeFile(path, '1');
    await expect(writeFileAtomic({ path, text: '{', verify: JSON.parse })).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toBe('1');
  });

  it('clears away what a killed run left half made, and nothing else', async () => {
    await writeFile(join(dir, '.state.json.123.0a1b2c3d.tmp'), 'half');
    await writeFile(join(dir, 'mine.tmp'), 'whole');
    await removeStaleTemporaries(dir);
    expect(await readdir(dir)).toEqual(['mine.tmp']);
  });

  it('beside a file of a person, only what was to become that file, and nothing that somebody is writing', async () => {
    const half = ['.state.json.123.0a1b2c3d.tmp', `.state.json.${process.pid}.0a1b2c3d.tmp`, '.other.json.123.0a1b2c3d.tmp'];
    for (const name of half) await writeFile(join(dir, name), 'half');
    await removeStaleTemporariesOf(path, (pid) => pid !== 123);
    expect((await readdir(dir)).sort()).toEqual([...half.slice(1)].sort());
    await removeStaleTemporariesOf(path);
    expect(await readdir(dir)).toContain(half[1]);
  });
});

describe('copies', () => {
  const copies = () => ({ directory: join(dir, 'copies'), prefix: 'roost', suffix: '.yaml', keep: 5 });

  it('keeps the newest five, none twice in a row, in order even when the clock went back', async () => {
    for (const [text, atMs] of [
      ['a', 100],
      ['a', 110],
      ['b', 50],
      ['c', 200],
      ['d', 300],
      ['e', 400],
      ['f', 500],
    ] as const)
      await keepCopy(copies(), text, atMs);
    const found = await Promise.all((await listCopies(copies())).map((file) => readFile(file, 'utf8')));
    expect(found).toEqual(['f', 'e', 'd', 'c', 'b']);
  });

  it('does not count files of another kind', async () => {
    await keepCopy(copies(), 'a', 1);
    await writeFile(join(dir, 'copies', 'roost-x.yaml'), '');
    await writeFile(join(dir, 'copies', 'notes.txt'), '');
    expect(await listCopies(copies())).toHaveLength(1);
  });
});
