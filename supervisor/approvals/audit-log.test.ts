import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actingAs } from '../../core/base/acting.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { AuditLog } from './audit-log.js';

let dir: string;
let logs: AuditLog[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-audit-'));
  logs = [];
});
afterEach(async () => {
  for (const log of logs) await log.close();
  await rm(dir, { recursive: true, force: true });
});

const open = (
  options: { readonly maxFileBytes?: number; readonly maxFiles?: number; readonly dataDir?: string; readonly hide?: (text: string) => string } = {},
): AuditLog => {
  const log = new AuditLog({ dataDir: dir, clock: new ManualClock(), log: silentLog, ...options });
  logs.push(log);
  return log;
};
const file = (): string => join(dir, 'audit.jsonl');
const linesOf = async (): Promise<string[]> => (await readFile(file(), 'utf8')).split('\n').filter((line) => line !== '');

test('entries are numbered, chained, readable and for the owner alone', async () => {
  const log = open();
  await log.record({ actor: 'cli', act: 'process.stop', target: 'worker', detail: { apiKey: 'canary-1', url: 'redis://a:canary-2@h/' } });
  await actingAs('screen', () => log.record({ act: 'pool.resize', target: 'pool', detail: { size: 3, text: '\u009b31m\u202eabc\n' } }));
  await log.record({ act: 'process.restart', target: 'redis' });
  const { entries, total, nextBeforeSeq } = await log.list({ limit: 2 });
  expect(entries.map(({ seq, actor, act }) => [seq, actor, act])).toEqual([
    [3, 'roost', 'process.restart'],
    [2, 'screen', 'pool.resize'],
  ]);
  expect([total, nextBeforeSeq]).toEqual([3, 2]);
  expect((await log.list({ limit: 2, beforeSeq: 2 })).entries.map(({ seq }) => seq)).toEqual([1]);
  expect((await log.list({ limit: 9, act: 'process' })).entries.map(({ seq }) => seq)).toEqual([3, 1]);
  expect(await log.verify()).toMatchObject({ ok: true, entries: 3, firstSeq: 1, lastSeq: 3 });
  const text = await readFile(file(), 'utf8');
  expect(text).not.toMatch(/canary|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
});

test('known secrets are taken out at any depth, before the line is sealed', async () => {
  const log = open({ hide: (text) => text.replaceAll('canary', '***') });
  await log.record({ act: 'command.run', target: 'canary', detail: { argv: ['curl', '-H', 'X: canary'], deep: { list: [{ text: 'a canary b' }] } } });
  expect(await readFile(file(), 'utf8')).not.toContain('canary');
  expect((await log.list({ limit: 1 })).entries[0]).toMatchObject({
    target: '***',
    detail: { argv: ['curl', '-H', 'X: ***'], deep: { list: [{ text: 'a *** b' }] } },
  });
  expect(await log.verify()).toMatchObject({ ok: true });
});

test('any edit, removal, reorder or cut of lines is found at its place', async () => {
  const log = open();
  const count = 12;
  await Promise.all(Array.from({ length: count }, (_, index) => log.record({ act: 'job.retry', target: `job-${index}`, detail: { index } })));
  await log.close();
  const lines = await linesOf();
  expect(lines).toHaveLength(count);
  const check = async (changed: readonly string[], at: number): Promise<void> => {
    await writeFile(file(), changed.map((line) => `${line}\n`).join(''));
    expect(await open().verify()).toMatchObject({ ok: false, broken: { seq: at } });
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(count - 1), fc.nat(10_000), fc.constantFrom('edit', 'remove', 'swap', 'cut', 'repeat'), async (index, where, kind) => {
      const line = lines[index] ?? '';
      const spot = where % line.length;
      const edited = `${line.slice(0, spot)}${line[spot] === 'x' ? 'y' : 'x'}${line.slice(spot + 1)}`;
      if (kind === 'edit') await check(lines.with(index, edited), index + 1);
      else if (kind === 'remove' && index < count - 1) await check(lines.toSpliced(index, 1), index + 1);
      else if (kind === 'swap' && index < count - 1) await check(lines.with(index, lines[index + 1] ?? '').with(index + 1, line), index + 1);
      else if (kind === 'repeat') await check(lines.toSpliced(index, 0, line), index + 2);
      else if (kind === 'cut') await check(lines.slice(0, index), index + 1);
    }),
    { numRuns: 60 },
  );
});

test('a line that a crash cut off is removed with a note, and the chain goes on', async () => {
  const log = open();
  await log.record({ act: 'a.one', target: 't' });
  await log.close();
  await writeFile(file(), `${await readFile(file(), 'utf8')}{"seq":2,"at":"20`);
  const again = open();
  await again.record({ act: 'a.two', target: 't' });
  expect((await again.list({ limit: 9 })).entries.map(({ act }) => act)).toEqual(['a.two', 'audit.repair', 'a.one']);
  expect(await again.verify()).toMatchObject({ ok: true, entries: 3 });
});

test('a cut-off end stays visible after the log went on', async () => {
  const log = open();
  for (const act of ['a.one', 'a.two', 'a.three']) await log.record({ act, target: 't' });
  await log.close();
  await writeFile(file(), `${(await linesOf())[0]}\n`);
  const again = open();
  await again.record({ act: 'a.four', target: 't' });
  expect(await again.verify()).toMatchObject({ ok: false, broken: { seq: 2, message: 'entries 2 to 3 are missing' } });
  expect((await again.list({ limit: 9 })).entries.map(({ seq, act }) => [seq, act])).toEqual([
    [5, 'a.four'],
    [4, 'audit.repair'],
    [1, 'a.one'],
  ]);
});

test('the whole log gone, or its anchor gone, is not taken for a new one', async () => {
  const log = open();
  await log.record({ act: 'a.one', target: 't' });
  await log.close();
  const text = await readFile(file(), 'utf8');
  await rm(file());
  expect(await open().verify()).toMatchObject({ ok: false, broken: { seq: 1 } });
  await writeFile(file(), text);
  await rm(join(dir, 'audit.head'));
  expect(await open().verify()).toMatchObject({ ok: false, broken: { message: expect.stringContaining('audit.head') } });
});

test('rotation carries the chain over, drops the oldest file and stays whole', async () => {
  const log = open({ maxFileBytes: 600, maxFiles: 3 });
  for (let index = 0; index < 30; index++) await log.record({ act: 'a.act', target: `t${index}` });
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'));
  expect(names).toHaveLength(3);
  const verdict = await log.verify();
  expect(verdict).toMatchObject({ ok: true, lastSeq: 30 });
  expect(verdict.firstSeq).toBeGreaterThan(1);
  const paged = await log.list({ limit: 5, beforeSeq: 27 });
  expect(paged.entries.map(({ seq }) => seq)).toEqual([26, 25, 24, 23, 22]);
  await log.close();
  const again = open({ maxFileBytes: 600, maxFiles: 3 });
  await again.record({ act: 'a.act', target: 'next' });
  expect(await again.verify()).toMatchObject({ ok: true, lastSeq: 31 });
  const left = (await readdir(dir)).filter((name) => /^audit-\d+/.test(name)).sort();
  await rm(join(dir, left[0] as string));
  expect(await again.verify()).toMatchObject({ ok: false });
});

test('nothing is done when nothing can be recorded, and the next try succeeds', async () => {
  const log = open({ dataDir: join(dir, 'missing') });
  await expect(log.record({ act: 'a.one', target: 't' })).rejects.toMatchObject({ code: 'audit-failed' });
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(dir, 'missing'));
  await log.record({ act: 'a.two', target: 't' });
  expect(await log.verify()).toMatchObject({ ok: true, entries: 1 });
});

test('a detail without end is cut, not refused', async () => {
  const log = open();
  await log.record({ act: 'a.one', target: 'x'.repeat(5_000), detail: { text: 'y'.repeat(100_000) } });
  const entry = (await log.list({ limit: 1 })).entries[0];
  expect(entry?.target).toHaveLength(500);
  expect(JSON.stringify(entry?.detail).length).toBeLessThan(2_000);
});
