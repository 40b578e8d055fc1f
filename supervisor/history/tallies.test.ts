import { describe, expect, it } from 'vitest';
import type { Ended } from '../../core/jobs/ended.js';
import { clearMs } from './rate.js';
import { JobTallies, otherName, sliceMs } from './tallies.js';

const hourMs = 3_600_000;
const nowMs = 500_000 * hourMs + 40 * 60_000;
const ended = (part: Partial<Ended> = {}): Ended => ({ q: 'trends', n: 'trend-scan', i: '1', o: 'completed', t: nowMs, w: 10, r: 100, a: 1, d: 'n1', ...part });

describe('tallies of finished jobs', () => {
  it('tell each name of a queue apart, with what came of it and how long it waited and ran', () => {
    const tallies = new JobTallies();
    for (let run = 1; run <= 100; run++) tallies.add(ended({ r: run * 10, w: run }), nowMs);
    tallies.add(ended({ n: 'rare', o: 'failed' }), nowMs);
    tallies.add(ended({ q: 'analysis' }), nowMs);
    const [scan, rare, ...rest] = tallies.names('trends', nowMs);
    expect(rest).toEqual([]);
    expect(scan).toMatchObject({ name: 'trend-scan', completed: 100, failed: 0 });
    expect(scan?.run?.p50).toBeGreaterThan(470);
    expect(scan?.run?.p50).toBeLessThan(530);
    expect(scan?.run?.p99).toBeGreaterThan(930);
    expect(scan?.wait?.p95).toBeGreaterThan(88);
    expect(rare).toMatchObject({ name: 'rare', failed: 1, completed: 0 });
  });

  it('forget what is older than the hour they speak of, but keep it in the totals by the hour', () => {
    const tallies = new JobTallies();
    tallies.add(ended({ t: nowMs - 70 * 60_000 }), nowMs);
    tallies.add(ended({ t: nowMs - 8 * 86_400_000 }), nowMs);
    expect(tallies.names('trends', nowMs)).toEqual([]);
    expect(tallies.hours('trends')).toMatchObject([{ startMs: nowMs - 40 * 60_000 - hourMs, completed: 1 }]);
    tallies.tidy(nowMs + 8 * 86_400_000);
    expect([tallies.hours('trends'), tallies.recent('trends')]).toEqual([[], []]);
  });

  it('survive a restart with counts and quantiles, and an hour that is over keeps its figures', () => {
    const tallies = new JobTallies();
    for (const r of [10, 20, 400]) tallies.add(ended({ r }), nowMs);
    const before = tallies.hours('trends');
    tallies.tidy(nowMs + 3 * hourMs);
    const back = JobTallies.from(JSON.parse(JSON.stringify(tallies)));
    expect(back.hours('trends')).toEqual(before);
    const warm = new JobTallies();
    warm.add(ended({ r: 10 }), nowMs);
    const again = JobTallies.from(JSON.parse(JSON.stringify(warm)));
    again.add(ended({ r: 1_000 }), nowMs);
    expect(again.names('trends', nowMs)[0]).toMatchObject({ completed: 2 });
    expect(again.names('trends', nowMs)[0]?.run?.p50).toBeLessThan(12);
  });

  it('start empty from a file that holds rubbish', () => {
    for (const rubbish of [
      null,
      7,
      'x',
      {
        slices: [[1]],
        hours: [
          ['a', []],
          [3, [null, { queue: 1 }]],
        ],
      },
    ])
      expect(JobTallies.from(rubbish).hours('trends')).toEqual([]);
  });

  it('stay bounded whatever names come', () => {
    const tallies = new JobTallies();
    for (let at = 0; at < 1_000; at++) tallies.add(ended({ n: `name-${at}` }), nowMs);
    const names = tallies.names('trends', nowMs);
    expect(names).toHaveLength(201);
    expect(names[0]).toMatchObject({ name: otherName, completed: 800 });
  });

  it('know the rate: of the last minute, else of five', () => {
    const tallies = new JobTallies();
    for (let at = 0; at < 30; at++) tallies.add(ended({ t: nowMs - at * 1_000, o: at < 3 ? 'failed' : 'completed' }), nowMs);
    expect(tallies.perMinute('trends', nowMs)).toEqual({ all: 30, failed: 3 });
    expect(tallies.perMinute('trends', nowMs + 100_000)).toEqual({ all: 6, failed: 0.6 });
    expect(tallies.perMinute('trends', nowMs + sliceMs + 60_000)).toEqual({ all: 0, failed: 0 });
    expect(tallies.perMinute('nobody', nowMs)).toEqual({ all: 0, failed: 0 });
  });

  it.each([
    [0, 0, false, 0],
    [100, 50, false, 120_000],
    [100, 0, false, null],
    [100, 50, true, null],
  ])('%d waiting at %d a minute (paused: %s) clear in %s ms', (waiting, rate, paused, wanted) => expect(clearMs(waiting, rate, paused)).toBe(wanted));
});
