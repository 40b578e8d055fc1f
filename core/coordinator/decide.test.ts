import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyNames as everyPolicy } from '../../contract/coordinator-views.js';
import { type CoordinatorSettings, decide, draw, plan } from './decide.js';
import type { ArmConfig, ArmStates } from './types.js';

const context = { intent: null };
const settings: CoordinatorSettings = { policy: 'thompson', alpha: 1, warmupPulls: 1_000 };
const arms: readonly ArmConfig[] = [
  { arm: 'npc', prior: 0.7, weight: 1, frozen: false },
  { arm: 'tools', prior: 0.6, weight: 1, frozen: false },
  { arm: 'knowledge', prior: 0.5, weight: 1, frozen: true },
];
const policyNames = fc.constantFrom(...everyPolicy) as fc.Arbitrary<CoordinatorSettings['policy']>;
const anyState = fc.integer({ min: 0, max: 2_000 }).map((n) => ({ n, sum: n * 400_000, sumSq: n * 300_000 }));

describe('decide', () => {
  it('draws every arm exactly as often as its propensity says', () => {
    const current = plan(arms, context, { arms: { npc: { n: 30, sum: 20e6, sumSq: 15e6 }, tools: { n: 30, sum: 19e6, sumSq: 15e6 } } }, 100, settings);
    const steps = 20_000;
    const counts: Record<string, number> = {};
    for (let i = 0; i < steps; i++) {
      const decision = draw(current, (i + 0.5) / steps);
      counts[decision.arm] = (counts[decision.arm] ?? 0) + 1;
    }
    for (const [i, arm] of arms.entries()) expect((counts[arm.arm] ?? 0) / steps).toBeCloseTo(current.pi[i] ?? 0, 3);
  });

  it('sorts decisions into forced, exploit and explore', () => {
    const at = (u: number) => decide(arms, context, { arms: {} }, 0, settings, u);
    expect(at(0)).toMatchObject({ kind: 'forced', arm: 'npc', epsilon: 0.3, phase: 'warmup_early', policy: 'thompson' });
    expect(at(0.29)).toMatchObject({ kind: 'forced', arm: 'tools' });
    expect(at(0.3)).toMatchObject({ kind: 'exploit', arm: 'npc' });
    expect(at(0.9999)).toMatchObject({ kind: 'explore', arm: 'tools' });
  });

  it('leaves the static policy undisturbed by forced draws', () => {
    expect(plan(arms, context, { arms: {} }, 0, { ...settings, policy: 'static' })).toMatchObject({ epsilon: 0, pi: [0.5, 0.5, 0] });
  });

  it('counts the highest posterior mean as greedy even where the policy gives it nothing', () => {
    const states: ArmStates = { npc: { n: 1_000, sum: 700e6, sumSq: 700e6 }, tools: { n: 20, sum: 10e6, sumSq: 10e6 } };
    expect(plan(arms, context, { arms: states }, 1_020, { ...settings, policy: 'ucb1' }).greedy).toBe(0);
    expect(decide(arms, context, { arms: states }, 1_020, { ...settings, policy: 'ucb1' }, 0.5)).toMatchObject({ arm: 'tools', kind: 'explore' });
  });

  it('never picks a frozen arm and always states a propensity above 0; propensities sum to 1', () => {
    fc.assert(
      fc.property(
        policyNames,
        fc.dictionary(fc.constantFrom('npc', 'tools', 'knowledge'), anyState),
        fc.nat(3_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (policy, states, settled, u) => {
          const decision = decide(arms, context, { arms: states }, settled, { ...settings, policy }, u);
          expect(decision.arm).not.toBe('knowledge');
          expect(decision.propensity).toBeGreaterThan(0);
          expect(decision.pi.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
          expect(decision.pi[2]).toBe(0);
        },
      ),
    );
  });
});
