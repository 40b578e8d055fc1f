import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { Ended } from '../../core/jobs/ended.js';
import { HistoryFile } from './history-file.js';
import type { Placed } from './history-line.js';
import type { HistoryQuery } from './line-reader.js';
import type { Limits } from './segments.js';

const dayMs = 86_400_000;
const beginMs = 1_800_000_000_000;
const roomy: Limits = { maxFileBytes: 10_000, maxBytes: { done: 1e6, failed: 1e6 }, keepMs: 7 * dayMs };

let dataDir: string;
let clock: ManualClock;
let file: HistoryFile;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost-history-'));
  clock = new ManualClock(beginMs);
  file = new HistoryFile({ dataDir, clock, limits: roomy });
  await file.open();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const job = (at: number, part: Partial<Ended> = {}): Ended => ({
  q: 'trends',
  n: 'scan',
  i: `j${at}`,
  o: 'completed',
  t: beginMs + at,
  a: 1,
  d: 'n1',
  ...part,
});
const placed = (at: number, part: Partial<Ended> = {}): Placed => ({ entry: `${beginMs + at}-0`, index: 0, job: job(at, part) });
const ids = async (query: Partial<HistoryQuery> = {}): Promise<string[]> => (await file.query({ limit: 100, ...query })).records.map(({ id }) => id);

async function all(query: Partial<HistoryQuery>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 1_000; page++) {
    const { records, next } = await file.query({ limit: 7, ...query, cursor });
    found.push(...records.map(({ id }) => id));
    if (next === null) return found;
    cursor = next;
  }
  throw new Error('the pages never end');
}

describe('the history on disk', () => {
  it('answers by queue, name, outcome and time, the newest first', async () => {
    await file.append([
      placed(1),
      placed(2, { q: 'turns', n: 'turn' }),
      placed(3, { o: 'failed', c: 'deadline', e: 'deadline: too long', w: 4, r: 5, k: 'n1.worker-jobs' }),
      placed(4, { o: 'cancelled' }),
      placed(5, { n: 'other' }),
    ]);
    expect(await ids()).toEqual(['j5', 'j4', 'j3', 'j2', 'j1']);
    expect(await ids({ queue: 'turns' })).toEqual(['j2']);
    expect(await ids({ name: 'scan', outcome: 'completed' })).toEqual(['j1']);
    expect(await ids({ outcome: 'cancelled' })).toEqual(['j4']);
    expect(await ids({ fromMs: beginMs + 2, toMs: beginMs + 4 })).toEqual(['j4', 'j3', 'j2']);
    expect((await file.query({ outcome: 'failed', limit: 1 })).records).toEqual([
      {
        id: 'j3',
        queue: 'trends',
        name: 'scan',
        outcome: 'failed',
        endedAtMs: beginMs + 3,
        waitMs: 4,
        runMs: 5,
        attempts: 1,
        worker: 'n1.worker-jobs',
        node: 'n1',
        errorCode: 'deadline',
        error: 'deadline: too long',
      },
    ]);
  });

  it('pages through many files of both kinds without leaving one out or telling one twice', async () => {
    const wanted: string[] = [];
    for (let at = 1; at <= 600; at++) {
      await file.append([placed(at, at % 3 === 0 ? { o: 'failed' } : {})]);
      await clock.advance(50);
      wanted.unshift(`j${at}`);
    }
    expect((await readdir(join(dataDir, 'history'))).length).toBeGreaterThan(4);
    expect(await all({})).toEqual(wanted);
    expect(await all({ outcome: 'failed' })).toEqual(wanted.filter((id) => Number(id.slice(1)) % 3 === 0));
    expect(await all({ queue: 'nobody' })).toEqual([]);
  });

  it('gives up its turn after a while and goes on where it was', async () => {
    for (let at = 1; at <= 300; at++) await file.append([placed(at, at % 50 === 0 ? { q: 'rare' } : at % 7 === 0 ? { o: 'failed' } : {})]);
    let nowMs = 0;
    // Every look at the clock costs 20 ms: an answer reads a few lines only.
    const slow = { wallMs: () => beginMs, monoMs: () => (nowMs += 20), after: clock.after.bind(clock), every: clock.every.bind(clock) };
    file = new HistoryFile({ dataDir, clock: slow, limits: roomy });
    const first = await file.query({ queue: 'rare', limit: 100 });
    expect([first.records.length < 6, first.next]).toEqual([true, expect.any(String)]);
    expect(await all({ queue: 'rare' })).toEqual(['j300', 'j250', 'j200', 'j150', 'j100', 'j50']);
    expect(await all({ queue: 'nobody' })).toEqual([]);
  });

  it('goes on after a restart: nothing twice, half a line lost, rubbish passed over', async () => {
    await file.append([placed(1), placed(2)]);
    const [name = ''] = await readdir(join(dataDir, 'history'));
    await appendFile(join(dataDir, 'history', name), 'rubbish\n{"s":"1-0","j":0,"q":"tre');
    file = new HistoryFile({ dataDir, clock, limits: roomy });
    await file.open();
    await file.append([placed(3)]);
    expect(await ids()).toEqual(['j3', 'j2', 'j1']);
    file = new HistoryFile({ dataDir, clock, limits: roomy });
    await file.open();
    await file.append([placed(2), placed(3), { ...placed(3), index: 1, job: job(4) }]);
    expect(await ids()).toEqual(['j4', 'j3', 'j2', 'j1']);
  });

  it('holds no more than it may, and lets failures outlive a flood of good jobs', async () => {
    file = new HistoryFile({ dataDir, clock, limits: { maxFileBytes: 2_000, maxBytes: { done: 8_000, failed: 8_000 }, keepMs: 7 * dayMs } });
    await file.open();
    await file.append([placed(0, { o: 'failed' })]);
    for (let at = 1; at <= 400; at++) {
      await file.append([placed(at)]);
      await clock.advance(10);
    }
    expect((await all({ outcome: 'completed' })).length).toBeLessThan(90);
    expect(await all({ outcome: 'failed' })).toEqual(['j0']);
    await clock.advance(9 * dayMs);
    await file.append([placed(9 * dayMs, { o: 'failed' })]);
    await clock.advance(2 * dayMs);
    await file.append([placed(11 * dayMs, { o: 'failed' })]);
    expect(await all({ outcome: 'failed' })).not.toContain('j0');
  });

  it('says how far back it reaches and refuses a cursor that is none of its own', async () => {
    expect(await file.oldestMs()).toBeNull();
    await file.append([placed(1)]);
    expect(await file.oldestMs()).toBe(beginMs);
    for (const cursor of ['x', '../../etc', 'done:1:2', 'done:1800000000000:abc'])
      await expect(file.query({ limit: 1, cursor })).rejects.toMatchObject({ code: 'bad-request', field: 'cursor' });
  });
});
