import { RoostError } from '../../../contract/errors.js';
import { eligibleArms } from '../cold-start.js';
import type { ArmConfig, ArmStates, Context, PolicyConfig } from '../types.js';

/** One way to turn what is known into probabilities. Pure: the draw happens elsewhere, so the propensity is exact. */
export interface Policy {
  readonly name: string;
  /** False for a policy that must not be disturbed by forced draws. */
  readonly exploresByForce: boolean;
  /** One probability per arm in the order of `arms`, summing to 1; 0 for frozen arms. */
  distribution(arms: readonly ArmConfig[], context: Context, states: ArmStates, config: PolicyConfig): number[];
}

/** Learned probabilities of the eligible arms alone (at least one), any positive scale. */
export type Learn = (eligible: readonly ArmConfig[], context: Context, states: ArmStates, config: PolicyConfig) => readonly number[];

/** Wraps what a policy learned with what holds for all of them: frozen arms get 0, weights multiply, then normalise. */
export function policyOf(name: string, learn: Learn, exploresByForce = true): Policy {
  return {
    name,
    exploresByForce,
    distribution(arms, context, states, config) {
      const eligible = eligibleArms(arms);
      if (eligible.length === 0) throw new RoostError('config-invalid', 'Every arm is frozen: at least one must be free to be chosen.');
      const learned = learn(eligible, context, states, config);
      const weighted = learned.map((share, i) => share * (eligible[i]?.weight ?? 0));
      const total = weighted.reduce((sum, share) => sum + share, 0);
      // A weight of 0 on everything that was learned leaves no preference: the learned shares stand alone.
      const shares = total > 0 ? weighted.map((share) => share / total) : normalise(learned);
      const byArm = new Map(eligible.map((arm, i) => [arm, shares[i] ?? 0]));
      return arms.map((arm) => byArm.get(arm) ?? 0);
    },
  };
}

/** Scales to a sum of 1; nothing at all becomes uniform. */
export function normalise(shares: readonly number[]): number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total > 0 ? shares.map((share) => share / total) : shares.map(() => 1 / shares.length);
}

/** All probability on one index. */
export const oneHot = (length: number, index: number): number[] => Array.from({ length }, (_, i) => (i === index ? 1 : 0));
