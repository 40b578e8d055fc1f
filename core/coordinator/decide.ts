import { type ForcedRule, forcedDistribution, forcedShare, phaseAt, warmupLength } from './cold-start.js';
import { assess } from './policies/policy.js';
import { type PolicyName, policies } from './policies/registry.js';
import { greedyIndex } from './posterior.js';
import type { ArmConfig, ArmStates, Context, Decision, LearnedState, PolicyConfig, Scored } from './types.js';

export interface CoordinatorSettings extends PolicyConfig, ForcedRule {
  readonly policy: PolicyName;
  readonly warmupPulls: number;
}

/** All that a draw needs; computed once per state and used for every decision on it. */
export interface Plan {
  readonly arms: readonly ArmConfig[];
  readonly learned: readonly number[];
  readonly forced: readonly number[];
  readonly epsilon: number;
  /** (1 - epsilon) * learned + epsilon * forced: the exact propensities. */
  readonly pi: readonly number[];
  /** Index of the eligible arm with the highest posterior mean in this context. */
  readonly greedy: number;
  /** What the policy thinks of each arm; undefined where it may not be chosen. */
  readonly scored: readonly (Scored | undefined)[];
  readonly phase: Decision['phase'];
  readonly policy: PolicyName;
}

/** The warm-up is that of the arms it began with: one that joins later has its own. */
export const warmupOf = (arms: readonly (ArmConfig & { readonly latecomer?: boolean })[], warmupPulls: number): number =>
  warmupLength(warmupPulls, arms.filter((arm) => arm.latecomer !== true && arm.retired !== true).length);

/**
 * Probabilities of the next decision after `settled` settled pulls. `counts` tells the forced draw how often each
 * arm was pulled, where the state is one that forgets. Throws `config-invalid` when every arm is frozen.
 */
export function plan(
  arms: readonly ArmConfig[],
  context: Context,
  state: LearnedState,
  settled: number,
  settings: CoordinatorSettings,
  counts: ArmStates = state.arms,
): Plan {
  const policy = policies[settings.policy];
  const { shares: learned, scored } = assess(policy, arms, context, state, settings);
  const forced = forcedDistribution(arms, counts);
  const warmup = warmupOf(arms, settings.warmupPulls);
  const epsilon = policy.exploresByForce ? forcedShare(arms, counts, settled, warmup, settings) : 0;
  const pi = learned.map((share, i) => (1 - epsilon) * share + epsilon * (forced[i] ?? 0));
  const greedy = greedyIndex(
    arms,
    scored.map((one) => one?.mean ?? Number.NEGATIVE_INFINITY),
  );
  return { arms, learned, forced, epsilon, pi, greedy, scored, phase: phaseAt(settled, warmup), policy: settings.policy };
}

/** Probability that the next decision does not take the greedy arm. */
export const explorationOf = (from: Plan): number => Math.max(0, 1 - (from.pi[from.greedy] ?? 0));

/** Draws from a plan with one uniform `u` in [0, 1): its low part is the forced branch. */
export function draw(from: Plan, u: number): Decision {
  const isForced = u < from.epsilon;
  const index = isForced ? pick(from.forced, u / from.epsilon) : pick(from.learned, (u - from.epsilon) / (1 - from.epsilon));
  return {
    arm: from.arms[index]?.arm ?? '',
    propensity: from.pi[index] ?? 0,
    kind: isForced ? 'forced' : index === from.greedy ? 'exploit' : 'explore',
    u,
    pi: from.pi,
    epsilon: from.epsilon,
    phase: from.phase,
    policy: from.policy,
  };
}

export const decide = (
  arms: readonly ArmConfig[],
  context: Context,
  state: LearnedState,
  settled: number,
  settings: CoordinatorSettings,
  u: number,
): Decision => draw(plan(arms, context, state, settled, settings), u);

/** Index where the running sum passes `u`; rounding at the end never falls on an arm with probability 0. */
export function pick(shares: readonly number[], u: number): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < shares.length; i++) {
    const share = shares[i] ?? 0;
    if (share <= 0) continue;
    last = i;
    sum += share;
    if (u < sum) return i;
  }
  return last;
}
