import { describe, expect, it } from 'vitest';
import type { ArmView, Sample, Span } from '../../contract/state.js';
import { armRewardsSeries } from './armRewardsSeries.js';
import { bucketsOf, chartWindowMs, tickEveryMs, timeTicks } from './buckets.js';
import { niceTicks } from './niceTicks.js';
import { queueDepthSeries } from './queueDepthSeries.js';
import { sparkPath } from './sparkPath.js';
import { traceSeries } from './traceSeries.js';
import { turnRateSeries } from './turnRateSeries.js';

const sample = (atMs: number, part: Partial<Sample> = {}): Sample => ({
  atMs,
  queues: {},
  pool: { ready: 0, target: 0, starting: 0, assigned: 0 },
  turnsDone: 0,
  turnsFailed: 0,
  turnP50Ms: null,
  rssBytes: null,
  ...part,
});
const turns = (waiting: number, active = 0) => ({ queues: { turns: { waiting, active } } });

describe('bucketsOf', () => {
  it('ends at now, starts a window earlier and leaves out what is older', () => {
    const buckets = bucketsOf([sample(1_000), sample(5_000), sample(9_999), sample(12_000)], 12_300, 10_000, 5_000);
    expect(buckets.map((bucket) => [bucket.atMs, bucket.samples.length])).toEqual([
      [5_000, 2],
      [10_000, 1],
    ]);
  });
  it('holds the last sample where the next one was late, and nothing where none was taken', () => {
    const at = (...times: number[]) =>
      bucketsOf(
        times.map((atMs) => sample(atMs)),
        9_000,
        10_000,
        1_000,
      ).map((bucket) => bucket.samples.map(({ atMs }) => atMs));
    expect(at(1_000, 3_900, 9_100).slice(1)).toEqual([[1_000], [1_000], [3_900], [], [], [], [], [], [9_100]]);
  });
  it('keeps its borders while time goes on within a step', () => {
    const at = (nowMs: number) => bucketsOf([], nowMs, 20_000, 5_000).map((bucket) => bucket.atMs);
    expect(at(21_000)).toEqual(at(24_999));
  });
});

describe('queueDepthSeries', () => {
  it('takes the peak of each step and leaves a gap where nothing was measured', () => {
    const series = queueDepthSeries([sample(1_000, turns(2, 1)), sample(2_000, turns(9, 3)), sample(16_000, turns(1))], 16_000, 20_000, 5_000);
    expect(series.points.map((point) => point.depth['turns'])).toEqual([12, null, null, 1]);
    expect(series).toMatchObject({ queues: ['turns'], max: 12, fromMs: 0, toMs: 15_000 });
  });
  it('puts turns first and knows a queue that appeared later', () => {
    const series = queueDepthSeries(
      [
        sample(1_000, { queues: { coach: { waiting: 1, active: 0 } } }),
        sample(6_000, { queues: { coach: { waiting: 1, active: 0 }, turns: { waiting: 0, active: 0 } } }),
      ],
      6_000,
      10_000,
      5_000,
    );
    expect(series.queues).toEqual(['turns', 'coach']);
    expect(series.points.map((point) => point.depth['turns'])).toEqual([null, 0]);
  });
  it('draws the busiest queues and the rest as one line, so that no two share a colour', () => {
    const at = (waiting: number, active = 0) => ({ waiting, active });
    const busy = { turns: at(0), coach: at(0), trends: at(5), analysis: at(2, 1), governance: at(1), maintenance: at(1) };
    const series = queueDepthSeries([sample(1_000, { queues: busy })], 4_999, 10_000, 5_000);
    expect(series.queues).toEqual(['turns', 'trends', 'analysis', 'others']);
    expect(series.points.map(({ depth }) => depth)).toContainEqual({ turns: 0, trends: 5, analysis: 3, others: 2 });
  });

  it('has nothing to draw without samples', () => expect(queueDepthSeries([], 0, 10_000, 5_000)).toMatchObject({ queues: [], max: 0 }));
});

it('turnRateSeries: mean per second, last known median, gap where nothing was measured', () => {
  const points = turnRateSeries(
    [sample(0, { turnsDone: 2, turnP50Ms: 100 }), sample(1_000, { turnsDone: 3, turnsFailed: 1, turnP50Ms: 120 }), sample(2_000, { turnsDone: 0 })],
    15_000,
    20_000,
    10_000,
  );
  expect(points).toEqual([
    { atMs: 0, done: 1.667, failed: 0.333, p50Ms: 120 },
    { atMs: 10_000, done: null, failed: null, p50Ms: null },
  ]);
});

describe('armRewardsSeries', () => {
  const arm = (name: string, mean: number, low: number, high: number): ArmView => ({
    arm: name,
    prior: 0.5,
    weight: 1,
    frozen: false,
    pulls: 4,
    kinds: { forced: 4, explore: 0, exploit: 0 },
    settled: 3,
    mean,
    low,
    high,
    average: mean,
    share: 0.2,
    priorWeight: 0.5,
    lastRewardAt: null,
  });
  it('puts the best arm first, equal ones by name', () => {
    expect(armRewardsSeries([arm('tools', 0.6, 0.5, 0.7), arm('npc', 0.7, 0.6, 0.8), arm('alpha', 0.6, 0.5, 0.7)]).map((row) => row.arm)).toEqual([
      'npc',
      'alpha',
      'tools',
    ]);
  });
  it('never draws a whisker backwards or out of the scale', () => {
    const [row] = armRewardsSeries([arm('odd', 0.98, 0.99, 1.4)]);
    expect(row?.whisker[0]).toBe(0);
    expect(row?.whisker[1]).toBeCloseTo(0.02);
    expect(row?.high).toBe(1);
  });
});

describe('traceSeries', () => {
  const timings = { queueMs: null, chooseMs: null, agentMs: null, totalMs: null };
  const spans: readonly Span[] = [
    { step: 'agent', startMs: 50, endMs: null },
    { step: 'queue', startMs: 0, endMs: 50 },
  ];
  it('lets an open step of a running turn reach to now', () => {
    const { totalMs, bars } = traceSeries({ createdAt: 1_000, endedAt: null, timings, trace: [...spans] }, 1_200);
    expect(totalMs).toBe(200);
    expect(bars.map((bar) => [bar.step, bar.open, bar.leftPercent, bar.widthPercent])).toEqual([
      ['queue', false, 0, 25],
      ['agent', true, 25, 75],
    ]);
  });
  it('stands still once the turn has ended', () => {
    const ended = { createdAt: 1_000, endedAt: 1_100, timings: { ...timings, totalMs: 100 }, trace: [...spans] };
    expect(traceSeries(ended, 9_000)).toEqual(traceSeries(ended, 99_000));
    expect(traceSeries(ended, 9_000).bars.every((bar) => !bar.open)).toBe(true);
  });
  it('keeps every bar visible and inside', () => {
    const { bars } = traceSeries({ createdAt: 0, endedAt: 10_000, timings, trace: [{ step: 'choose', startMs: 10_000, endMs: 10_000 }] }, 0);
    expect((bars[0]?.leftPercent ?? 0) + (bars[0]?.widthPercent ?? 0)).toBeLessThanOrEqual(100);
    expect(bars[0]?.widthPercent).toBeGreaterThan(0);
  });
});

describe('axes', () => {
  it.each([
    [4, 4, [0, 1, 2, 3, 4]],
    [32, 4, [0, 10, 20, 30, 40]],
    [1, 3, [0, 0.5, 1]],
    [820, 3, [0, 500, 1_000]],
    [100, 4, [0, 25, 50, 75, 100]],
  ])('0 to %s in %s steps', (max, steps, ticks) => expect(niceTicks(max, steps)).toEqual(ticks));
  it('covers the highest value with few round steps', () => {
    for (let max = 1; max < 5_000; max += 7) {
      const ticks = niceTicks(max, 4);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
      expect(ticks.length).toBeLessThanOrEqual(5);
    }
  });
  it('sets time ticks on whole multiples', () => expect(timeTicks(61_000, 300_000, 120_000)).toEqual([120_000, 240_000]));
});

it('the window grows with the run, up to ten minutes', () => {
  const span = (ms: number) => chartWindowMs([sample(1_000), sample(1_000 + ms)]) / 60_000;
  expect([span(0), span(119_000), span(121_000), span(598_000), span(5_000_000)]).toEqual([2, 2, 3, 10, 10]);
  expect(chartWindowMs([])).toBe(120_000);
  for (let minutes = 2; minutes <= 10; minutes++) expect((minutes * 60_000) / tickEveryMs(minutes * 60_000)).toBeLessThanOrEqual(5);
});

it('sparkPath lifts the pen at a gap', () => {
  expect(sparkPath([0, 2, null, 1], 30, 10)).toBe('M0.0 10.0L10.0 0.0M30.0 5.0');
  expect(sparkPath([], 30, 10)).toBe('');
  expect(sparkPath([0, 0], 30, 10)).toBe('M0.0 10.0L30.0 10.0');
});
