import { describe, expect, it } from 'vitest';
import { asymptoticReach, confidenceSequence, differenceSequence } from './confidence.js';
import { bernoulliKl, gapInterval, likelihoodRatio, pullsNeeded, ratioThreshold } from './likelihood-ratio.js';
import { repeatable } from './replay.js';

describe('confidence sequence', () => {
  // From the unit tests of confseq (Howard et al.).
  it.each([
    [700, 1_000, 100, 0.651629, 0.745949],
    [15, 50, 50, 0.129556, 0.511896],
    [5, 50, 50, 0.013021, 0.269264],
    [1, 50, 50, 0, 0.13489],
    [1, 2, 50, 0, 1],
    [100, 200, 1, 0.328923, 0.671076],
    [0, 1, 50, 0, 1],
    [1, 1, 50, 0, 1],
  ])('of %d in %d, tightest at %d, is the published one', (sum, n, tightest, low, high) => {
    const found = confidenceSequence(n, sum, 0.05, tightest);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  it('holds everything before the first reward, and the mean at every look in at least 95 % of runs', () => {
    expect(confidenceSequence(0, 0)).toEqual({ low: 0, high: 1 });
    let missed = 0;
    for (let run = 0; run < 60; run++) {
      const random = repeatable(run + 1);
      let sum = 0;
      let held = true;
      for (let n = 1; n <= 600; n++) {
        sum += random() < 0.3 ? 1 : 0;
        if (n % 20 !== 0) continue;
        const { low, high } = confidenceSequence(n, sum);
        held &&= low <= 0.3 && 0.3 <= high;
      }
      missed += held ? 0 : 1;
    }
    expect(missed).toBeLessThanOrEqual(3);
  });

  it('of a difference is the worst of both', () => {
    const { low, high } = differenceSequence({ n: 1_000, sum: 700 }, { n: 1_000, sum: 500 });
    expect(low).toBeGreaterThan(0.05);
    expect(high).toBeLessThan(0.35);
  });

  it('of scores has the width of theorem 2.2', () => {
    // rho^2 = (-2 ln 0.05 + ln(-2 ln 0.05 + 1)) / 100; by hand with n = 100, sd = 1.
    const rho2 = (5.991464547 + Math.log(6.991464547)) / 100;
    expect(asymptoticReach(100, 1)).toBeCloseTo(Math.sqrt(((2 * (100 * rho2 + 1)) / (10_000 * rho2)) * Math.log(Math.sqrt(100 * rho2 + 1) / 0.05)), 9);
    expect(asymptoticReach(0, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('likelihood ratio', () => {
  it('is the smallest cost of means that are no further apart than the margin', () => {
    const [leader, arm] = [
      { n: 200, sum: 140 },
      { n: 150, sum: 75 },
    ];
    let least = Number.POSITIVE_INFINITY;
    for (let mean = 0.5; mean <= 0.68; mean += 0.00001) least = Math.min(least, 150 * bernoulliKl(0.5, mean) + 200 * bernoulliKl(0.7, mean + 0.02));
    expect(likelihoodRatio(leader, arm)).toBeCloseTo(least, 5);
    expect(likelihoodRatio(leader, { n: 150, sum: 104 })).toBe(0);
  });

  it('passes the threshold of the brief, and needs what the brief says', () => {
    expect(ratioThreshold(3, 1_000)).toBeCloseTo(Math.log((2 * (1 + Math.log(1_000))) / 0.05), 12);
    expect([0.2, 0.1, 0.05, 0.03].map((gap) => pullsNeeded(gap))).toEqual([83, 265, 1_031, 2_997]);
    expect(pullsNeeded(0.07)).toBeGreaterThan(265);
    expect(pullsNeeded(0.07)).toBeLessThan(1_031);
  });

  it('gives an interval of the gap that agrees with the test', () => {
    const [leader, arm] = [
      { n: 300, sum: 225 },
      { n: 60, sum: 15 },
    ];
    const { low, high } = gapInterval(leader, arm, 5.5);
    expect(likelihoodRatio(leader, arm, low)).toBeCloseTo(5.5, 3);
    expect(likelihoodRatio(arm, leader, -high)).toBeCloseTo(5.5, 3);
    expect(gapInterval(leader, { n: 0, sum: 0 }, 5.5)).toEqual({ low: -1, high: 1 });
  });
});
