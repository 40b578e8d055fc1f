import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Belief, probabilityBest } from '../probability-best.js';
import { StudentT } from '../student-t.js';
import type { ArmConfig, ArmStates } from '../types.js';
import { policies } from './registry.js';

const context = { intent: null };
const arm = (name: string, more: Partial<ArmConfig> = {}): ArmConfig => ({ arm: name, prior: 0.5, weight: 1, frozen: false, ...more });
const three = [arm('a', { prior: 0.7 }), arm('b', { prior: 0.6 }), arm('c', { prior: 0.5 })];
const zeroOne = (n: number, wins: number) => ({ n, sum: wins * 1_000_000, sumSq: wins * 1_000_000 });

/** The same integral by a plain trapezoid of 400,000 points. */
function bruteForce(beliefs: readonly Belief[]): number[] {
  const arms = beliefs.map((belief) => ({ ...belief, t: new StudentT(belief.nu) }));
  const low = Math.min(...arms.map((one) => one.mean - 80 * one.sd));
  const high = Math.max(...arms.map((one) => one.mean + 80 * one.sd));
  const steps = 60_000;
  return arms.map((own) => {
    let sum = 0;
    for (let k = 0; k <= steps; k++) {
      const x = low + ((high - low) * k) / steps;
      let value = own.t.density((x - own.mean) / own.sd) / own.sd;
      for (const other of arms) if (other !== own) value *= other.t.cdf((x - other.mean) / other.sd);
      sum += k === 0 || k === steps ? value / 2 : value;
    }
    return (sum * (high - low)) / steps;
  });
}

describe('probability of being the best', () => {
  it.each<{ name: string; beliefs: Belief[] }>([
    { name: 'the shipped priors', beliefs: [0.7, 0.6, 0.5].map((mean) => ({ mean, sd: Math.sqrt(0.009), nu: 4 })) },
    {
      name: 'one well known, two hardly known',
      beliefs: [
        { mean: 0.7, sd: 0.02, nu: 700 },
        { mean: 0.6, sd: 0.09, nu: 6 },
        { mean: 0.5, sd: 0.1, nu: 25 },
      ],
    },
    {
      name: 'four of mixed knowledge',
      beliefs: [
        { mean: 0.5, sd: 0.05, nu: 29 },
        { mean: 0.52, sd: 0.05, nu: 31 },
        { mean: 0.4, sd: 0.1, nu: 4 },
        { mean: 0.55, sd: 0.01, nu: 90 },
      ],
    },
  ])('equals a brute force integral for $name', ({ beliefs }) => {
    const expected = bruteForce(beliefs);
    for (const [i, share] of probabilityBest(beliefs).entries()) expect(share).toBeCloseTo(expected[i] ?? -1, 5);
  });

  it('is even for equals and certain for the far better', () => {
    for (const share of probabilityBest(Array.from({ length: 20 }, () => ({ mean: 0.4, sd: 0.1, nu: 12 })))) expect(share).toBeCloseTo(0.05, 9);
    expect(
      probabilityBest([
        { mean: 0.9, sd: 0.001, nu: 900 },
        { mean: 0.1, sd: 0.001, nu: 900 },
      ])[0],
    ).toBeCloseTo(1, 12);
  });
});

const anyArms = fc.uniqueArray(
  fc.record({
    arm: fc.constantFrom(...'abcdefgh'),
    prior: fc.double({ min: 0, max: 1, noNaN: true }),
    weight: fc.double({ min: 0, max: 100, noNaN: true }),
    frozen: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8, selector: (one) => one.arm },
);
const anyState = fc
  .integer({ min: 0, max: 20_000 })
  .chain((n) =>
    fc
      .record({ n: fc.constant(n), sum: fc.integer({ min: 0, max: n * 1_000_000 }) })
      .map(({ sum }) => ({ n, sum, sumSq: Math.floor(n === 0 ? 0 : (sum * sum) / 1_000_000 / n) })),
  );
const anyStates: fc.Arbitrary<ArmStates> = fc.dictionary(fc.constantFrom(...'abcdefgh'), anyState);

describe.each(Object.values(policies))('policy $name', (policy) => {
  it('returns finite probabilities that sum to 1, 0 for frozen arms', () => {
    fc.assert(
      fc.property(anyArms, anyStates, fc.double({ min: 0, max: 10, noNaN: true }), (arms, states, alpha) => {
        fc.pre(arms.some((one) => !one.frozen));
        const shares = policy.distribution(arms, context, { arms: states }, { alpha });
        expect(shares).toHaveLength(arms.length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
        shares.forEach((share, i) => {
          expect(share).toBeGreaterThanOrEqual(0);
          if (arms[i]?.frozen) expect(share).toBe(0);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('refuses to choose when every arm is frozen', () => {
    expect(() => policy.distribution([arm('a', { frozen: true })], context, { arms: {} }, { alpha: 1 })).toThrowError(
      expect.objectContaining({ code: 'config-invalid' }),
    );
  });
});

describe('policies', () => {
  it('multiply what was learned by the weights, then normalise', () => {
    const plain = policies.thompson.distribution(three, context, { arms: {} }, { alpha: 1 });
    const weighted = policies.thompson.distribution(
      three.map((one) => ({ ...one, weight: one.arm === 'c' ? 3 : 1 })),
      context,
      { arms: {} },
      { alpha: 1 },
    );
    const scale = (plain[0] ?? 0) + (plain[1] ?? 0) + 3 * (plain[2] ?? 0);
    expect(weighted[2]).toBeCloseTo((3 * (plain[2] ?? 0)) / scale, 12);
    expect(policies.static.distribution([arm('a', { weight: 3 }), arm('b')], context, { arms: {} }, { alpha: 1 })).toEqual([0.75, 0.25]);
  });

  it('thompson with alpha 0 is greedy', () => {
    expect(policies.thompson.distribution(three, context, { arms: { b: zeroOne(100, 95) } }, { alpha: 0 })).toEqual([0, 1, 0]);
  });

  it('ucb1 takes arms without rewards first, then the highest bound', () => {
    expect(policies.ucb1.distribution(three, context, { arms: { a: zeroOne(1, 1) } }, { alpha: 1 })).toEqual([0, 0.5, 0.5]);
    // 0.5 + sqrt(2 ln 110 / 10) = 1.4696 against 0.7 + sqrt(2 ln 110 / 100) = 1.0066
    const states = { a: zeroOne(100, 70), b: zeroOne(10, 5) };
    expect(policies.ucb1.distribution(three.slice(0, 2), context, { arms: states }, { alpha: 1 })).toEqual([0, 1]);
    expect(policies.ucb1.distribution(three.slice(0, 2), context, { arms: states }, { alpha: 0.1 })).toEqual([1, 0]);
  });

  it('epsilon-greedy keeps a tenth for everyone', () => {
    const shares = policies['epsilon-greedy'].distribution(three, context, { arms: {} }, { alpha: 1 });
    expect(shares[0]).toBeCloseTo(0.9 + 0.1 / 3, 12);
    expect(shares[2]).toBeCloseTo(0.1 / 3, 12);
  });
});
