import type { PolicyName } from '../../../contract/coordinator-views.js';
import { RoostError } from '../../../contract/errors.js';
import { eligibleArms } from '../cold-start.js';
import type { ArmConfig, Context, LearnedState, PolicyConfig, Scored } from '../types.js';

/**
 * One way to turn what is known into probabilities. Pure: the draw happens elsewhere, so the propensity
 * is exact. What it thinks of each arm is apart from what alpha makes of it: a log of the former tells
 * exactly what another alpha would have done.
 */
export interface PolicyRule {
  readonly name: PolicyName;
  /** As shown beside the slider. */
  readonly formula: string;
  /** False for a policy that must not be disturbed by forced draws. */
  readonly exploresByForce: boolean;
  /** What it thinks of each of `arms`, which are all eligible. */
  score(arms: readonly ArmConfig[], context: Context, state: LearnedState, config: PolicyConfig): readonly Scored[];
  /** Shares of the arms (any positive scale) that follow from the scores. */
  shares(scored: readonly Scored[], alpha: number, arms: readonly { readonly arm: string }[]): readonly number[];
}

export interface Policy extends PolicyRule {
  /**
   * What was learned, as one probability per arm in the order of `arms`, summing to 1: 0 for frozen and retired
   * arms, weights multiplied in. Forced draws come on top (see `plan`). Throws `config-invalid` when no arm is eligible.
   */
  distribution(arms: readonly ArmConfig[], context: Context, state: LearnedState, config: PolicyConfig): readonly number[];
}

export interface Assessment {
  /** Learned probabilities, one per arm, 0 for arms that may not be chosen. */
  readonly shares: readonly number[];
  /** What the policy thinks, undefined for arms that may not be chosen. */
  readonly scored: readonly (Scored | undefined)[];
}

/** Scores the eligible arms, lets alpha decide, multiplies by the weights, normalises. Throws `config-invalid` when none is eligible. */
export function assess(policy: PolicyRule, arms: readonly ArmConfig[], context: Context, state: LearnedState, config: PolicyConfig): Assessment {
  const eligible = eligibleArms(arms);
  if (eligible.length === 0) throw new RoostError('config-invalid', 'Every arm is frozen: at least one must be free to be chosen.');
  const scored = policy.score(eligible, context, state, config);
  const shares = weigh(policy.shares(scored, config.alpha, eligible), eligible);
  const place = new Map(eligible.map((arm, i) => [arm, i]));
  const at = <T>(values: readonly T[], arm: ArmConfig): T | undefined => {
    const i = place.get(arm);
    return i === undefined ? undefined : values[i];
  };
  return { shares: arms.map((arm) => at(shares, arm) ?? 0), scored: arms.map((arm) => at(scored, arm)) };
}

/** Learned shares times weights, summing to 1. A weight of 0 on everything that was learned leaves no preference: the learned shares stand alone. */
export function weigh(learned: readonly number[], arms: readonly { readonly weight: number }[]): number[] {
  const weighted = learned.map((share, i) => share * (arms[i]?.weight ?? 0));
  return normalise(weighted.some((share) => share > 0) ? weighted : learned);
}

/** Scales to a sum of 1; nothing at all becomes uniform. */
export function normalise(shares: readonly number[]): number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total > 0 ? shares.map((share) => share / total) : shares.map(() => 1 / shares.length);
}

/** All probability on one index. */
export const oneHot = (length: number, index: number): number[] => Array.from({ length }, (_, i) => (i === index ? 1 : 0));

/** A rule with what holds for all of them. */
export const policyOf = (rule: PolicyRule): Policy => ({
  ...rule,
  distribution: (arms, context, state, config) => assess(rule, arms, context, state, config).shares,
});
