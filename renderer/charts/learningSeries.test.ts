import { expect, it } from 'vitest';
import { learningSeries } from './learningSeries.js';

const stretch = (bucket: number, arms: Readonly<Record<string, number | null>>) => ({
  bucket,
  atMs: null,
  decisions: 50,
  settled: 50,
  reward: 0.5,
  exploration: 0.2,
  kinds: { forced: 0, explore: 0, exploit: 50 },
  arms: Object.fromEntries(Object.entries(arms).map(([arm, reward]) => [arm, { settled: reward === null ? 0 : 10 + bucket, reward }])),
});

it('draws the four arms with the most rewards, over settled turns, and leaves gaps where an arm had none', () => {
  const series = learningSeries([stretch(0, { a: 0.5, b: 0.4, c: 0.3, d: 0.2, e: 0.1 }), stretch(3, { a: 0.6, b: null, c: 0.3, d: 0.2 })]);
  expect(series.arms).toEqual(['a', 'c', 'd', 'b']);
  expect(series.points.map((point) => point.settled)).toEqual([50, 200]);
  expect(series.points[1]?.arms).toEqual({ a: 0.6, c: 0.3, d: 0.2 });
  expect(learningSeries([])).toEqual({ arms: [], points: [] });
});
