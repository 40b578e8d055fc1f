import { eligibleArms, forcedDistribution, forcedShare, phaseAt, warmupLength } from './cold-start.js';
import { type PolicyName, policies } from './policies/registry.js';
import { greedyIndex, posterior } from './posterior.js';
import { type ArmConfig, type ArmStates, type Context, type Decision, emptyArm, type PolicyConfig } from './types.js';

export interface CoordinatorSettings extends PolicyConfig {
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
  /** Index of the eligible arm with the highest posterior mean. */
  readonly greedy: number;
  readonly phase: Decision['phase'];
  readonly policy: PolicyName;
}

/** Probabilities of the next decision after `settled` settled pulls. Throws `config-invalid` when every arm is frozen. */
export function plan(arms: readonly ArmConfig[], context: Context, states: ArmStates, settled: number, settings: CoordinatorSettings): Plan {
  const policy = policies[settings.policy];
  const learned = policy.distribution(arms, context, states, settings);
  const forced = forcedDistribution(arms, states);
  const warmup = warmupLength(settings.warmupPulls, arms.length);
  const epsilon = policy.exploresByForce ? forcedShare(arms, states, settled, warmup) : 0;
  const pi = learned.map((share, i) => (1 - epsilon) * share + epsilon * (forced[i] ?? 0));
  const eligible = new Set(eligibleArms(arms));
  const means = arms.map((arm) => (eligible.has(arm) ? posterior(arm, states[arm.arm] ?? emptyArm).mean : Number.NEGATIVE_INFINITY));
  return { arms, learned, forced, epsilon, pi, greedy: greedyIndex(arms, means), phase: phaseAt(settled, warmup), policy: settings.policy };
}

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

export const decide = (arms: readonly ArmConfig[], context: Context, states: ArmStates, settled: number, settings: CoordinatorSettings, u: number): Decision =>
  draw(plan(arms, context, states, settled, settings), u);

/** Index where the running sum passes `u`; rounding at the end never falls on an arm with probability 0. */
function pick(shares: readonly number[], u: number): number {
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
