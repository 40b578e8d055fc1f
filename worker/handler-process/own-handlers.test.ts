import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HandlerJob, HandlerTools } from '../../core/jobs/handler.js';
import { listOwnHandlers, loadOwnHandler } from './own-handlers.js';

const sample = resolve(import.meta.dirname, '../../assets/samples/handler');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roost own-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text);
const jobWith = (data: unknown): HandlerJob<unknown> => ({
  id: 'j',
  name: 'x',
  queue: 'analysis',
  data,
  attempt: 1,
  maxAttempts: 1,
  signal: new AbortController().signal,
  log: () => undefined,
  progress: () => undefined,
  quiet: () => undefined,
  commit: (_effect, value) => Promise.resolve(value),
});
const noTools = {} as HandlerTools;

describe('the sample that ships', () => {
  it('is found with its settings, its test and its types are no handlers', async () => {
    expect(await listOwnHandlers(sample, [], () => undefined)).toEqual([
      {
        file: 'count-words.ts',
        handler: { name: 'count-words', summary: expect.any(String), queue: 'analysis', softMs: 30_000, hardMs: 60_000, retry: 'standard' },
      },
    ]);
  });

  it('works, and says what is wrong with its data', async () => {
    const handler = await loadOwnHandler(sample, 'count-words');
    await put('a.txt', 'one two\nthree');
    expect(await handler?.run(jobWith(await handler.check({ files: [join(folder, 'a.txt')] })), noTools)).toMatchObject({ figures: { words: 3 } });
    await expect(Promise.resolve(handler?.check({ files: 1 }))).rejects.toMatchObject({ code: 'bad-request', message: 'data: files must be a list of paths' });
  });
});

it('tells of each file by itself; a bad one changes nothing for the others', async () => {
  await put('good.js', "module.exports = { summary: 'Common', run: async () => ({ n: 1 }) };");
  await put('helped.ts', "import { n } from './_shared';\nexport default { summary: 'Helped', run: async (): Promise<object> => ({ n }) };");
  await put('_shared.ts', 'export const n: number = 2;');
  await put('syntax.ts', 'export default {;');
  await put('number.js', 'export default 5');
  await put('no-run.mjs', "export default { summary: 'x' }");
  await put('http.ts', "export default { summary: 'x', run: async () => 1 }");
  await put('Bad Name.js', "export default { summary: 'x', run: async () => 1 }");
  await put('strict.js', "export default { summary: 'x', colour: 'red', run: async () => 1 }");
  await put('throws.js', "throw new Error('at once')");
  const read: string[] = [];
  const found = await listOwnHandlers(folder, ['throws.js'], (file) => void read.push(file));
  const problems = Object.fromEntries(found.flatMap((one) => ('problem' in one ? [[one.file, one.problem]] : [])));
  expect(found.flatMap((one) => ('handler' in one ? [one.handler.name] : []))).toEqual(['good', 'helped']);
  expect(Object.keys(problems).sort()).toEqual(['Bad Name.js', 'http.ts', 'no-run.mjs', 'number.js', 'strict.js', 'syntax.ts']);
  expect(problems['http.ts']).toContain('is a handler of Roost itself');
  expect(problems['strict.js']).toContain('"colour" is not a known field');
  expect(problems['no-run.mjs']).toContain('function run');
  expect(read).not.toContain('throws.js');
  expect(await (await loadOwnHandler(folder, 'helped'))?.run(jobWith({}), noTools)).toEqual({ n: 2 });
});

it('reads a file anew each time, and finds none outside its folder', async () => {
  await put('late.js', "export default { summary: 'x', run: async () => 1 }");
  expect(await (await loadOwnHandler(folder, 'late'))?.run(jobWith({}), noTools)).toBe(1);
  await put('late.js', "export default { summary: 'x', run: async () => 2 }");
  expect(await (await loadOwnHandler(folder, 'late'))?.run(jobWith({}), noTools)).toBe(2);
  expect(await loadOwnHandler(folder, '../late')).toBeUndefined();
  expect(await loadOwnHandler(folder, 'nobody')).toBeUndefined();
  expect(await loadOwnHandler(null, 'late')).toBeUndefined();
});
