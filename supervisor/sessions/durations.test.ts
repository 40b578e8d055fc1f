import { describe, expect, it } from 'vitest';
import { Durations } from './durations.js';

describe('the mean of what lasts', () => {
  const build = (...ended: readonly number[]): Durations => {
    const durations = new Durations({ most: 3, fallbackMs: 120 });
    for (const one of ended) durations.add(one);
    return durations;
  };
  it.each<[string, readonly number[], readonly number[], number]>([
    ['is the fallback while nothing is known', [], [], 120],
    ['grows with those that do not end', [], [1_000, 2_000], 3_120],
    ['is that of the ends when nothing is open', [10, 20, 30], [], 20],
    ['counts the time of the open ones, but no end for them', [10, 20, 30], [60, 60], 60],
    ['forgets what is old, and what is no duration', [1_000, 10, 20, 30, -1, Number.NaN], [], 20],
  ])('%s', (_name, ended, open, mean) => expect(build(...ended).meanMs(open)).toBe(mean));
});
