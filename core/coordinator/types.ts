import type { Phase } from '../../contract/coordinator-views.js';
import type { CoordinatorView } from '../../contract/state.js';

/** Rewards are kept as whole millionths: integer sums commute, so any order of writers gives the same state. */
export const microPerReward = 1_000_000;

/** Settled pulls in one bucket of the memory. */
export const bucketSize = 50;

/** What is known of one arm. `n` rewards are in; `sum` and `sumSq` are the sums of r and r*r in millionths. */
export interface ArmState {
  readonly n: number;
  readonly sum: number;
  readonly sumSq: number;
  /** Decisions that chose the arm, at least `n` where rewards come late; absent means `n`. */
  readonly pulls?: number;
  /** Sums of 1/p and r/p over the settled pulls, in millionths: for the Hajek estimate. */
  readonly weights?: number;
  readonly weighted?: number;
}

export const emptyArm: ArmState = { n: 0, sum: 0, sumSq: 0 };

/** By arm name; a missing name is an arm never pulled. */
export type ArmStates = Readonly<Record<string, ArmState>>;

/** Sums of a linear model of one arm, whole numbers: `a` the upper triangle of sum(x x') by rows, `b` sum(r x). Features are thousandths, rewards millionths. */
export interface LinearState {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** What a policy learns from. `cells` are the same sums by intent, `linear` feeds LinUCB and LinTS only. */
export interface LearnedState {
  readonly arms: ArmStates;
  readonly cells?: Readonly<Record<string, ArmStates>>;
  readonly linear?: Readonly<Record<string, LinearState>>;
}

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
  /** Neither is a retired one, whose history is kept. */
  readonly retired?: boolean;
}

/** What is known about the request when an arm is chosen. */
export interface Context {
  readonly intent: string | null;
  /** Features of LinUCB and LinTS; without them they learn one mean per arm. */
  readonly features?: readonly number[];
}

export type RewardModel = 'graded' | 'binary';

export interface PolicyConfig {
  /** Multiplies the uncertainty term of the policy; 1 is the textbook constant, 0 is greedy. */
  readonly alpha: number;
  /** Normal-Inverse-Gamma for graded rewards (the default), Beta where every reward is 0 or 1. */
  readonly model?: RewardModel;
}

/** One probability per arm, in the order of the arms, summing to 1. */
export type Distribution = readonly number[];

export type DecisionKind = keyof CoordinatorView['kinds'];

/** What a policy thinks of one arm, before alpha: enough to compute its probabilities again under another alpha. */
export interface Scored {
  /** Posterior mean in this context: decides which arm is greedy. */
  readonly mean: number;
  readonly score: number;
  /** The uncertainty that alpha multiplies; `noWidth` for an arm that has to be tried first. */
  readonly width: number;
  /** Shape of the belief: degrees of freedom of a t, `'normal'`, or the counts of a Beta. */
  readonly shape: number | 'normal' | readonly [number, number];
  /** Rewards behind it. */
  readonly n: number;
}

/** Stands for an unbounded width in records that are JSON. */
export const noWidth = 1e9;

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
