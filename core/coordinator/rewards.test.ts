import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amend, settle, squareMicro, toMicro } from './fold.js';
import { implicitReward, ratingReward } from './rewards.js';
import type { ArmStates } from './types.js';

describe('rewards', () => {
  it.each([
    [1, 0],
    [2, 0.25],
    [3, 0.5],
    [4, 0.75],
    [5, 1],
  ])('rating %d is worth %d', (rating, reward) => expect(ratingReward(rating)).toBe(reward));

  it.each([0, 6, 2.5, Number.NaN])('refuses the rating %d', (rating) => expect(() => ratingReward(rating)).toThrow(RangeError));

  it.each([
    [{ failed: true, latencyMs: 0 }, 0],
    [{ failed: false, latencyMs: 0 }, 1],
    [{ failed: false, latencyMs: 15_000 }, 0.75],
    [{ failed: false, latencyMs: 30_000 }, 0.5],
    [{ failed: false, latencyMs: 90_000 }, 0.5],
  ])('implicit reward of %j is %d', (outcome, reward) => expect(implicitReward(outcome, 30_000)).toBeCloseTo(reward, 12));

  it('stays within 0..1 whatever the latency and weight', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.double({ min: -1e9, max: 1e12, noNaN: true }),
        fc.double({ min: 1, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failed, latencyMs, budget, weight) => {
          const reward = implicitReward({ failed, latencyMs }, budget, weight);
          expect(reward).toBeGreaterThanOrEqual(0);
          expect(reward).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('fold', () => {
  it('refuses what is not a reward', () => {
    for (const bad of [-0.1, 1.1, Number.NaN]) expect(() => toMicro(bad)).toThrow(RangeError);
  });

  it('gives the same integers in any order, also when rewards are amended', () => {
    const step = fc.record({
      arm: fc.constantFrom('a', 'b', 'c'),
      first: fc.integer({ min: 0, max: 1_000_000 }),
      later: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
    });
    const run = (steps: readonly { arm: string; first: number; later: number | undefined }[]): ArmStates =>
      steps.reduce<ArmStates>((states, { arm, first, later }) => {
        const settled = settle(states, arm, first);
        return later === undefined ? settled : amend(settled, arm, first, later);
      }, {});
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const forward = run(steps);
        const backward = run([...steps].reverse());
        for (const arm of ['a', 'b', 'c']) {
          expect(backward[arm]).toEqual(forward[arm]);
          const own = steps.filter((one) => one.arm === arm).map((one) => one.later ?? one.first);
          if (own.length > 0)
            expect(forward[arm]).toMatchObject({ n: own.length, sum: own.reduce((a, b) => a + b, 0), sumSq: own.reduce((a, b) => a + squareMicro(b), 0) });
        }
      }),
    );
  });
});
