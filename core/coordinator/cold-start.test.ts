import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phases } from '../../contract/state.js';
import { eligibleArms, epsilonAt, forcedDistribution, forcedShare, phaseAt, progressAt, warmupLength } from './cold-start.js';
import type { ArmConfig } from './types.js';

const arms: readonly ArmConfig[] = ['a', 'b', 'c'].map((arm) => ({ arm, prior: 0.5, weight: 1, frozen: false }));
const pulled = (a: number, b: number, c: number) => ({
  a: { n: 0, sum: 0, sumSq: 0, pulls: a },
  b: { n: 0, sum: 0, sumSq: 0, pulls: b },
  c: { n: 0, sum: 0, sumSq: 0, pulls: c },
});

describe('cold start', () => {
  it.each([
    [0, 0.3, 'warmup_early', 0],
    [299, 0.3, 'warmup_early', 0.299],
    [300, 0.3, 'warmup_mid', 0.3],
    [650, 0.16, 'warmup_mid', 0.65],
    [700, 0.14, 'warmup_late', 0.7],
    [999, 0.0204, 'warmup_late', 0.999],
    [1_000, 0.02, 'learned', 1],
    [50_000, 0.02, 'learned', 1],
  ])('after %d of 1000 settled pulls', (settled, epsilon, phase, progress) => {
    expect(epsilonAt(settled, 1_000)).toBeCloseTo(epsilon, 10);
    expect(phaseAt(settled, 1_000)).toBe(phase);
    expect(progressAt(settled, 1_000)).toBeCloseTo(progress, 10);
  });

  it('never goes back a phase, never forces more, as pulls settle', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(10_000), fc.nat(10_000), (warmup, x, y) => {
        const [early, late] = [Math.min(x, y), Math.max(x, y)];
        expect(phases.indexOf(phaseAt(late, warmup))).toBeGreaterThanOrEqual(phases.indexOf(phaseAt(early, warmup)));
        expect(epsilonAt(late, warmup)).toBeLessThanOrEqual(epsilonAt(early, warmup));
        expect(epsilonAt(late, warmup)).toBeGreaterThanOrEqual(0.02);
      }),
    );
  });

  it('is at least 50 pulls long for each arm', () => {
    expect(warmupLength(1_000, 3)).toBe(1_000);
    expect(warmupLength(100, 3)).toBe(150);
  });

  it('forces arms with fewer than 20 pulls first, else all evenly', () => {
    expect(forcedDistribution(arms, pulled(20, 19, 500))).toEqual([0, 1, 0]);
    expect(forcedDistribution(arms, pulled(20, 20, 500))).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(
      forcedDistribution(
        arms.map((arm) => ({ ...arm, frozen: arm.arm === 'a' })),
        pulled(0, 20, 20),
      ),
    ).toEqual([0, 0.5, 0.5]);
  });

  it('gives an arm that joins after the warm-up a share until it has 20 pulls', () => {
    expect(forcedShare(arms, pulled(400, 600, 3), 1_000, 1_000)).toBe(0.1);
    expect(forcedShare(arms, pulled(400, 600, 20), 1_000, 1_000)).toBe(0.02);
  });

  it('leaves out arms of weight 0 unless nothing else is free', () => {
    expect(eligibleArms(arms.map((arm) => ({ ...arm, weight: arm.arm === 'b' ? 1 : 0 }))).map((arm) => arm.arm)).toEqual(['b']);
    expect(eligibleArms(arms.map((arm) => ({ ...arm, weight: 0, frozen: arm.arm === 'b' }))).map((arm) => arm.arm)).toEqual(['a', 'c']);
  });
});
