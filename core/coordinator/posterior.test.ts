import { describe, expect, it } from 'vitest';
import { settle, toMicro } from './fold.js';
import { credibleInterval, greedyIndex, posterior, priorWeight } from './posterior.js';
import { type ArmConfig, type ArmStates, emptyArm } from './types.js';

const arm: ArmConfig = { arm: 'a', prior: 0.7, weight: 1, frozen: false };
const known = (rewards: readonly number[]): ArmStates => rewards.reduce<ArmStates>((states, reward) => settle(states, 'a', toMicro(reward)), {});

describe('posterior', () => {
  it('is the prior before any data', () => {
    const belief = posterior(arm, emptyArm);
    expect(belief).toMatchObject({ mean: 0.7, nu: 4, kappa: 10 });
    expect(belief.sd).toBeCloseTo(Math.sqrt(0.09 / 10), 12);
    expect(priorWeight(arm, emptyArm)).toBe(1);
  });

  it('follows the formula, worked by hand for three rewards', () => {
    // S = 1.5, Q = 1.25, mean of data 0.5; kappa 13, nu 7; v = (0.36 + 0.5 + 30/13 * 0.04) / 7
    const belief = posterior(arm, known([1, 0.5, 0])['a'] ?? emptyArm);
    expect(belief.mean).toBeCloseTo((7 + 1.5) / 13, 12);
    expect(belief.nu).toBe(7);
    expect(belief.sd).toBeCloseTo(Math.sqrt((0.36 + 0.5 + (30 / 13) * 0.04) / 7 / 13), 12);
    expect(priorWeight(arm, known([1, 0.5, 0])['a'] ?? emptyArm)).toBeCloseTo(10 / 13, 12);
  });

  it('never falls below the variance floor', () => {
    const n = 100_000;
    const belief = posterior({ ...arm, prior: 0.5 }, { n, sum: n * 500_000, sumSq: n * 250_000 });
    expect(belief.sd).toBeCloseTo(Math.sqrt(1e-4 / (n + 10)), 12);
  });

  it('gives an interval within 0..1 around the mean that narrows with data', () => {
    const wide = credibleInterval(posterior(arm, emptyArm));
    const narrow = credibleInterval(posterior(arm, known(Array.from({ length: 200 }, (_, i) => (i % 10 < 7 ? 1 : 0)))['a'] ?? emptyArm));
    expect(wide.low).toBeCloseTo(0.7 - 2.7764451 * Math.sqrt(0.009), 6);
    expect(wide.high).toBeLessThanOrEqual(1);
    expect(narrow.high - narrow.low).toBeLessThan((wide.high - wide.low) / 3);
  });

  it('breaks ties of the greedy arm by the lowest name', () => {
    expect(greedyIndex([{ ...arm, arm: 'b' }, arm, { ...arm, arm: 'c' }], [0.5, 0.5, 0.4])).toBe(1);
  });
});
