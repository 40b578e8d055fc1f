import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import countWords from './count-words.ts';

// node --test count-words.test.ts (Node 22.18 or newer)

const job = (data: { files: string[] }, lines: string[] = []) => ({
  id: 'j1',
  name: 'count-words',
  queue: 'analysis',
  data,
  attempt: 1,
  maxAttempts: 3,
  signal: new AbortController().signal,
  log: (text: string) => void lines.push(text),
  progress: () => undefined,
  quiet: () => undefined,
  commit: async (_effect: string, value: unknown) => value,
});
const tools = { redis: undefined, node: 'n1', dataDir: '/tmp', env: {}, ask: async () => undefined };

test('counts the words of each file', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'words-')), 'a.txt');
  await writeFile(file, 'one two\nthree');
  const lines: string[] = [];
  const report = await countWords.run(job({ files: [file] }, lines), tools);
  assert.equal(report?.['summary'], '3 words in 1 files');
  assert.deepEqual(lines, [`${file}: 3`]);
});

test('says what is wrong with its data', () => {
  assert.throws(() => countWords.check?.({ files: 'a.txt' }), /files must be a list of paths/);
});
