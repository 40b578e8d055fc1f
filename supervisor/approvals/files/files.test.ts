import { link, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../core/base/manual-clock.js';
import { onLinux } from '../../../core/base/test-conditions.js';
import { holdFolder } from './inside.js';
import { delicate, excerpt, readInside, removeInside, writeInside } from './workspace-files.js';
import { WriteJournal } from './write-journal.js';

let base: string;
let root: string;
let outside: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'roost-files-')));
  root = join(base, 'work');
  outside = join(base, 'outside');
  await mkdir(root);
  await mkdir(outside);
  await writeFile(join(outside, 'secret.txt'), 'secret');
});
afterEach(() => rm(base, { recursive: true, force: true }));

const textAt = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const journal = (): WriteJournal => new WriteJournal({ dir: join(base, 'rollback'), clock: new ManualClock() });
const put = (files: WriteJournal, path: string, text: string, turnId = 't1') => files.write({ turnId, agentId: 'agent-1', root, path: join(root, path), text });

describe('nothing outside of the workspace', () => {
  test.each(['../outside/secret.txt', '/etc/passwd', '..', '.', '', '../work2/x', 'a/../../outside/secret.txt', 'a\0b', `${'x'.repeat(5_000)}`])(
    '%j',
    async (path) => {
      await expect(readInside(root, path.startsWith('/') ? path : join(root, '/') + path)).rejects.toMatchObject({
        code: expect.stringMatching(/forbidden|bad-request/),
      });
      await expect(writeInside(root, path.startsWith('/') ? path : join(root, '/') + path, Buffer.from('x'), 0o600)).rejects.toThrow();
    },
  );

  test('links are not followed, neither as a file nor as a folder on the way', async () => {
    await symlink(join(outside, 'secret.txt'), join(root, 'file'));
    await symlink(outside, join(root, 'folder'));
    await expect(readInside(root, join(root, 'file'))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(readInside(root, join(root, 'folder', 'secret.txt'))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(writeInside(root, join(root, 'folder', 'new.txt'), Buffer.from('x'), 0o600)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(removeInside(root, join(root, 'folder', 'secret.txt'))).rejects.toMatchObject({ code: 'forbidden' });
    // A link in the place of the file is replaced, never written through.
    await writeInside(root, join(root, 'file'), Buffer.from('mine'), 0o600);
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
    expect(await readdir(outside)).toEqual(['secret.txt']);
  });

  test('a second name of a file outside, and what is no plain file, are not read', async () => {
    await link(join(outside, 'secret.txt'), join(root, 'hard'));
    await expect(readInside(root, join(root, 'hard'))).rejects.toMatchObject({ code: 'forbidden' });
    await mkdir(join(root, 'dir'));
    await expect(readInside(root, join(root, 'dir'))).rejects.toMatchObject({ code: 'bad-request' });
  });

  test.runIf(onLinux('a folder swapped for a link'))('a folder swapped for a link after it was opened changes nothing', async () => {
    await mkdir(join(root, 'a'));
    const held = await holdFolder(root, ['a']);
    await rename(join(root, 'a'), join(root, 'moved'));
    await symlink(outside, join(root, 'a'));
    await writeFile(held.at('new.txt'), 'x');
    await held.close();
    expect(await readdir(outside)).toEqual(['secret.txt']);
    expect(await readdir(join(root, 'moved'))).toEqual(['new.txt']);
  });
});

test('files that make other programs run something are told apart', () => {
  for (const path of ['.git/hooks/pre-commit', 'sub/.git/config', '.envrc', '.vscode/tasks.json', 'node_modules/x/index.js', '.GIT/config'])
    expect(delicate(root, join(root, path))).toBeDefined();
  for (const path of ['src/a.ts', 'git/x', '.gitignore']) expect(delicate(root, join(root, path))).toBeUndefined();
});

test('an excerpt counts lines from one and refuses what no answer can hold', () => {
  const bytes = Buffer.from('a\nb\nc\nd');
  expect(excerpt(bytes, 'f')).toBe('a\nb\nc\nd');
  expect(excerpt(bytes, 'f', 2, 2)).toBe('b\nc\n');
  expect(excerpt(bytes, 'f', 4)).toBe('d');
  expect(excerpt(bytes, 'f', 9)).toBe('');
  expect(() => excerpt(Buffer.alloc(200_000, 'x'), 'f')).toThrow(/fewer lines/);
});

describe('taking back', () => {
  test('changed files come back with their bytes and mode, new ones go', async () => {
    await writeFile(join(root, 'old.sh'), Buffer.from([0xff, 0x00, 0x41]), { mode: 0o755 });
    const files = journal();
    await put(files, 'old.sh', 'one');
    await put(files, 'old.sh', 'two');
    await put(files, 'deep/new.txt', 'three');
    expect(await textAt('old.sh')).toBe('two');
    expect((await stat(join(root, 'old.sh'))).mode & 0o777).toBe(0o755);
    expect((await files.list('t1')).map(({ existed, rolledBackAtMs }) => [existed, rolledBackAtMs])).toEqual([
      [true, null],
      [true, null],
      [false, null],
    ]);
    expect(await journal().rollBack('t1', false)).toEqual({ restored: [join(root, 'old.sh')], removed: [join(root, 'deep/new.txt')], skipped: [] });
    expect(await readFile(join(root, 'old.sh'))).toEqual(Buffer.from([0xff, 0x00, 0x41]));
    expect((await stat(join(root, 'old.sh'))).mode & 0o777).toBe(0o755);
    expect(await readdir(join(root, 'deep'))).toEqual([]);
    expect((await files.list('t1')).every(({ rolledBackAtMs }) => rolledBackAtMs !== null)).toBe(true);
    expect(await files.rollBack('t1', false)).toEqual({ restored: [], removed: [], skipped: [] });
  });

  test('what somebody changed since stays, unless forced', async () => {
    const files = journal();
    await writeFile(join(root, 'a.txt'), 'before');
    await put(files, 'a.txt', 'agent');
    await writeFile(join(root, 'a.txt'), 'person');
    expect(await files.rollBack('t1', false)).toMatchObject({ restored: [], skipped: [{ why: 'it was changed since' }] });
    expect(await textAt('a.txt')).toBe('person');
    await files.rollBack('t1', true);
    expect(await textAt('a.txt')).toBe('before');
  });

  test('many writes at once to one file are told in order and all come back', async () => {
    const files = journal();
    await writeFile(join(root, 'a.txt'), 'start');
    await Promise.all(Array.from({ length: 10 }, (_, index) => put(files, 'a.txt', `text ${index}`)));
    expect(await textAt('a.txt')).toBe('text 9');
    await files.rollBack('t1', false);
    expect(await textAt('a.txt')).toBe('start');
  });

  test('another turn is left alone, and a turn id is no path', async () => {
    const files = journal();
    await put(files, 'a.txt', 'one', 't1');
    await put(files, 'b.txt', 'two', 't2');
    await files.rollBack('t2', false);
    expect(await readdir(root)).toEqual(['a.txt']);
    await expect(files.list('../x')).rejects.toThrow('not a turn id');
  });

  test('nothing is left of a write that fails', async () => {
    const files = journal();
    await mkdir(join(root, 'taken'));
    await expect(put(files, 'taken', 'x')).rejects.toThrow();
    expect((await readdir(root)).sort()).toEqual(['taken']);
  });
});
