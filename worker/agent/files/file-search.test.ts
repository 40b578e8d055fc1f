import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../core/base/manual-clock.js';
import { processorMs } from '../../../core/base/test-times.js';
import { describeReport, parseFileQuestion } from './file-question.js';
import { nameMatches, searchFiles, searchLimits } from './file-search.js';

describe('a question about files', () => {
  test.each([
    ['find files *.md', { by: 'name', pattern: '*.md' }],
    ['Find all files named config.yaml', { by: 'name', pattern: 'config.yaml' }],
    ['find file notes', { by: 'name', pattern: 'notes' }],
    ['where is roost.yaml?', { by: 'name', pattern: 'roost.yaml' }],
    ['find *.ts in the project', { by: 'name', pattern: '*.ts' }],
    ['list files', { by: 'name', pattern: '*' }],
    ['please show me all files in the folder', { by: 'name', pattern: '*' }],
    ['search for TODO in the files', { by: 'content', text: 'TODO', name: undefined }],
    ['search for "hello world" in all files', { by: 'content', text: 'hello world', name: undefined }],
    ['search for deadline in *.md files', { by: 'content', text: 'deadline', name: '*.md' }],
    ['search for deadline in markdown files', { by: 'content', text: 'deadline', name: '*.md' }],
    ['grep needle', { by: 'content', text: 'needle', name: undefined }],
    ['grep "two words" in notes.txt', { by: 'content', text: 'two words', name: 'notes.txt' }],
    ['which files contain the text budget 2026?', { by: 'content', text: 'budget 2026', name: undefined }],
    ['which files mention Ada', { by: 'content', text: 'Ada', name: undefined }],
    ['where is startPool defined in the code', { by: 'content', text: 'startPool', name: undefined }],
    ['find "exact phrase"', { by: 'content', text: 'exact phrase', name: undefined }],
  ])('%s', (text, query) => {
    expect(parseFileQuestion(text)).toEqual(query);
  });

  test.each([
    '',
    'hello',
    'find me a sandwich',
    'where is Paris',
    'show me the way',
    'search your feelings',
    'what is a file',
    'x'.repeat(1_000),
    'list of things to do',
  ])('no question about files: %s', (text) => {
    expect(parseFileQuestion(text)).toBeUndefined();
  });

  test('reads hostile text in no time', () => {
    const started = processorMs();
    for (const text of [
      'find files '.repeat(27),
      'search for '.repeat(27),
      `grep ${'in '.repeat(90)}`,
      '*'.repeat(300),
      `which files contain ${'"'.repeat(250)}`,
      'where is '.repeat(30),
    ])
      parseFileQuestion(text);
    expect(processorMs() - started).toBeLessThan(500);
  });
});

test.each([
  ['*.md', 'a/b/notes.md', true],
  ['*.md', 'notes.mdx', false],
  ['n?tes*', 'NOTES.md', true],
  ['notes', 'a/my-notes.txt', true],
  ['b/*.md', 'b/x.md', true],
  ['*b/*.md', 'a/b/x.md', true],
  ['**', 'x', true],
  ['?', '', false],
])('the pattern %s and %s: %s', (pattern, file, matches) => {
  expect(nameMatches(pattern, file)).toBe(matches);
});

test('a wildcard pattern cannot be made slow', () => {
  const started = processorMs();
  expect(nameMatches(`${'*a'.repeat(100)}b`, 'a'.repeat(250))).toBe(false);
  expect(processorMs() - started).toBeLessThan(500);
});

describe('a search', () => {
  let dir: string;
  const clock = new ManualClock();
  const signal = new AbortController().signal;
  const search = (query: Parameters<typeof searchFiles>[0], limits = {}, folders = [dir]) =>
    searchFiles(query, folders, { clock, signal, limits: { ...searchLimits, ...limits } });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'roost files ü-'));
    await mkdir(join(dir, 'sub', 'node_modules'), { recursive: true });
    await writeFile(join(dir, 'one.txt'), 'first line\r\nthe Needle is here\nlast needle');
    await writeFile(join(dir, 'sub', 'two.md'), 'no\n\n\n  needle \u0007 bell\n');
    await writeFile(join(dir, 'sub', 'node_modules', 'three.md'), 'needle');
    await writeFile(join(dir, 'binary.bin'), Buffer.from('needle\0needle'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('shows path, line and text, without control characters', async () => {
    const report = await search({ by: 'content', text: 'needle', name: undefined });
    expect(report.hits).toEqual([
      { file: 'one.txt', line: 2, excerpt: 'the Needle is here' },
      { file: 'one.txt', line: 3, excerpt: 'last needle' },
      { file: 'sub/two.md', line: 4, excerpt: 'needle bell' },
    ]);
    const query = { by: 'content', text: 'needle', name: undefined } as const;
    expect(describeReport(query, report, [dir])).toBe(
      'The text "needle" is in 3 places (3 files looked at):\n\n- one.txt:2: the Needle is here\n- one.txt:3: last needle\n- sub/two.md:4: needle bell',
    );
  });

  test('finds by name and narrows content by name', async () => {
    expect((await search({ by: 'name', pattern: '*.MD' })).hits).toEqual([{ file: 'sub/two.md' }]);
    expect((await search({ by: 'content', text: 'needle', name: '*.md' })).hits.map((hit) => hit.file)).toEqual(['sub/two.md']);
  });

  test('follows no link, opens no pipe, and walks a folder inside another one once', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'roost-outside-'));
    await writeFile(join(outside, 'secret.txt'), 'needle');
    await symlink(outside, join(dir, 'linked'));
    await symlink(join(outside, 'secret.txt'), join(dir, 'secret.txt'));
    await symlink(dir, join(dir, 'loop'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(dir, 'pipe.txt')]);
    const report = await search({ by: 'content', text: 'needle', name: undefined }, {}, [dir, join(dir, 'sub'), dir]);
    expect(report.hits).toHaveLength(3);
    expect((await search({ by: 'name', pattern: 'secret' })).hits).toEqual([]);
    await rm(outside, { recursive: true });
  });

  test('keeps every limit and says which one it met', async () => {
    expect(await search({ by: 'name', pattern: '*' }, { maxHits: 1 })).toMatchObject({
      hits: [{ file: 'binary.bin' }],
      limits: ['only the first 1 are shown'],
    });
    expect((await search({ by: 'name', pattern: '*' }, { maxEntries: 1 })).limits).toEqual(['more files than one search reads']);
    expect((await search({ by: 'name', pattern: '*' }, { maxDepth: 0 })).limits).toEqual(['more files than one search reads']);
    expect((await search({ by: 'content', text: 'needle', name: undefined }, { maxFileBytes: 20 })).limits[0]).toMatch(/were left out/);
    expect((await search({ by: 'content', text: 'needle', name: undefined }, { maxTotalBytes: 10 })).limits).toEqual(['more text than one search reads']);
    expect((await search({ by: 'name', pattern: '*' }, { deadlineMs: -1 })).hits).toEqual([]);
  });

  test('says when there is nothing, or nothing to search', async () => {
    const query = { by: 'name', pattern: 'nowhere' } as const;
    expect(describeReport(query, await search(query), [dir])).toBe('I found no sign of a file named "nowhere" (3 files looked at).');
    expect(describeReport(query, await search(query, {}, ['/nonexistent/x']), ['/nonexistent/x'])).toMatch(
      /no folder to search.*\/nonexistent\/x cannot be read/s,
    );
  });

  test('stops when cancelled', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(searchFiles({ by: 'name', pattern: '*' }, [dir], { clock, signal: abort.signal })).rejects.toThrow('enough');
  });
});
