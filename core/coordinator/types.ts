import type { CoordinatorView, Phase } from '../../contract/state.js';

/** Rewards are kept as whole millionths: integer sums commute, so any order of writers gives the same state. */
export const microPerReward = 1_000_000;

/** What is known of one arm. `n` rewards are in; `sum` and `sumSq` are the sums of r and r*r in millionths. */
export interface ArmState {
  readonly n: number;
  readonly sum: number;
  readonly sumSq: number;
  /** Decisions that chose the arm, at least `n` where rewards come late; absent means `n`. */
  readonly pulls?: number;
}

export const emptyArm: ArmState = { n: 0, sum: 0, sumSq: 0 };

/** By arm name; a missing name is an arm never pulled. */
export type ArmStates = Readonly<Record<string, ArmState>>;

export interface ArmConfig {
  readonly arm: string;
  /** Expected reward before any data, 0..1. */
  readonly prior: number;
  /** How many rewards the prior counts for; default `defaultPriorCount`. */
  readonly priorCount?: number;
  /** Multiplies the learned probability before normalising. */
  readonly weight: number;
  /** A frozen arm is never chosen. */
  readonly frozen: boolean;
}

/** What is known about the request when an arm is chosen. */
export interface Context {
  readonly intent: string | null;
}

export interface PolicyConfig {
  /** Multiplies the uncertainty term of the policy; 1 is the textbook constant, 0 is greedy. */
  readonly alpha: number;
}

/** One probability per arm, in the order of the arms, summing to 1. */
export type Distribution = readonly number[];

export type DecisionKind = keyof CoordinatorView['kinds'];

/** Everything needed to judge a decision later: the draw can be repeated from `u` and `pi`. */
export interface Decision {
  readonly arm: string;
  /** Exact probability of this arm under `pi`. */
  readonly propensity: number;
  readonly kind: DecisionKind;
  readonly u: number;
  readonly pi: Distribution;
  readonly epsilon: number;
  readonly phase: Phase;
  readonly policy: string;
}
