import { z } from 'zod';

/** What the coordinator shows of itself. Rewards and shares are 0..1, times wall-clock ms since the epoch. */

export const phases = ['warmup_early', 'warmup_mid', 'warmup_late', 'learned'] as const;
export type Phase = (typeof phases)[number];

export const policyNames = ['thompson', 'linucb', 'lints', 'ucb1', 'ucb1-tuned', 'squarecb', 'epsilon-greedy', 'softmax', 'static'] as const;
export type PolicyName = (typeof policyNames)[number];

export const kindCountsSchema = z.object({ forced: z.number(), explore: z.number(), exploit: z.number() });

/** `learning`: too few own rewards to say anything; `undecided`: needs about `needsMore` more; `competitive`: a gap that matters would have been found. */
export const verdictStates = ['learning', 'undecided', 'competitive', 'leader', 'underperforming', 'stale'] as const;
export type VerdictState = (typeof verdictStates)[number];

export const verdictSchema = z.object({
  arm: z.string(),
  state: z.enum(verdictStates),
  /** The verdict as a sentence: "knowledge is worse than npc by 0.08 to 0.15". */
  text: z.string(),
  settled: z.number(),
  /** Plain average of its rewards and its always-valid 95 % interval; null before the first reward. */
  average: z.number().nullable(),
  low: z.number(),
  high: z.number(),
  /** sum(r / p) / sum(1 / p): free of the bias that adaptive choice puts into plain averages. */
  hajek: z.number().nullable(),
  /** Against whom it was held, and how much worse it is, always-valid; null for the leader and before any comparison. */
  leader: z.string().nullable(),
  gapLow: z.number().nullable(),
  gapHigh: z.number().nullable(),
  /** Likelihood ratio against the leader and the threshold it has to pass, in three windows running. */
  evidence: z.number(),
  threshold: z.number(),
  windowsHeld: z.number().int(),
  /** Own rewards it takes about until a verdict; null when there is one. */
  needsMore: z.number().int().nullable(),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const armViewSchema = z.object({
  arm: z.string(),
  prior: z.number(),
  weight: z.number(),
  frozen: z.boolean(),
  /** Never chosen any more, its history kept. */
  retired: z.boolean(),
  /** Decisions that chose this arm, and the same by kind. */
  pulls: z.number(),
  kinds: kindCountsSchema,
  /** Decisions whose reward is in. */
  settled: z.number(),
  /** Posterior mean and the central 95 % credible interval, 0..1, of what is remembered. */
  mean: z.number(),
  low: z.number(),
  high: z.number(),
  /** Plain average of all settled rewards; null before the first. */
  average: z.number().nullable(),
  /** Probability that the next decision takes this arm. */
  share: z.number(),
  priorWeight: z.number(),
  lastRewardAt: z.number().nullable(),
  /** Its own warm-up, 0..1: after the warm-up of all, a new arm gets a forced share until it has 20 pulls. */
  ownWarmup: z.number(),
  verdict: verdictSchema.nullable(),
});
export type ArmView = z.infer<typeof armViewSchema>;

export const coordinatorViewSchema = z.object({
  policy: z.string(),
  alpha: z.number(),
  phase: z.enum(phases),
  progress: z.number(),
  warmupPulls: z.number(),
  pulls: z.number(),
  settled: z.number(),
  pendingRewards: z.number(),
  epsilon: z.number(),
  explorationShare: z.number(),
  kinds: kindCountsSchema,
  arms: z.array(armViewSchema),
  /** Counts changes made while running; 0 is the file as it is. */
  version: z.number().int(),
  /** What was changed from the file, in words of the file. */
  changes: z.array(z.object({ path: z.string(), file: z.string(), now: z.string() })),
  /** The last change made while running, that `undo` takes back; null when there is none. */
  lastChange: z.object({ atMs: z.number(), actor: z.string(), what: z.string() }).nullable(),
  formulas: z.object({ policy: z.string(), reward: z.string(), memory: z.string() }),
  /** Settings that cost more than they look. */
  warnings: z.array(z.string()),
});
export type CoordinatorView = z.infer<typeof coordinatorViewSchema>;

/** One arm under one intent: its own rewards, shrunk towards the arm overall. */
export const intentTableSchema = z.object({
  intent: z.string(),
  settled: z.number(),
  arms: z.array(
    z.object({
      arm: z.string(),
      settled: z.number(),
      mean: z.number(),
      low: z.number(),
      high: z.number(),
      average: z.number().nullable(),
      share: z.number(),
    }),
  ),
});

/** Fifty settled pulls: how the coordinator did in that stretch. */
export const stretchSchema = z.object({
  bucket: z.number().int(),
  atMs: z.number().nullable(),
  decisions: z.number(),
  settled: z.number(),
  reward: z.number().nullable(),
  exploration: z.number().nullable(),
  kinds: kindCountsSchema,
  arms: z.record(z.string(), z.object({ settled: z.number(), reward: z.number().nullable() })),
});

export const trendsSchema = z.object({
  stretches: z.array(stretchSchema),
  /** Of the early part and now; null while one of them is empty. */
  exploration: z.object({ early: z.number().nullable(), now: z.number().nullable(), falling: z.boolean() }),
  /** Change of the mean reward from the early part to now with an always-valid 95 % interval. */
  reward: z.object({ early: z.number().nullable(), now: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable(), rising: z.boolean() }),
  learning: z.object({ yes: z.boolean(), text: z.string() }),
  feedback: z.object({
    ratings: z.number(),
    average: z.number().nullable(),
    byIntent: z.array(z.object({ intent: z.string(), turns: z.number(), ratings: z.number(), average: z.number().nullable() })),
    /** Terms of comments that came with one or two stars. */
    complaints: z.array(z.object({ term: z.string(), count: z.number(), example: z.string() })),
  }),
  /** How many decisions of the log the feedback figures rest on. */
  decisions: z.number(),
});
export type Trends = z.infer<typeof trendsSchema>;

export const decisionSchema = z.object({
  turnId: z.string(),
  atMs: z.number(),
  intent: z.string().nullable(),
  features: z.array(z.number()),
  arm: z.string(),
  propensity: z.number(),
  kind: z.enum(['forced', 'explore', 'exploit']),
  u: z.number(),
  epsilon: z.number(),
  phase: z.enum(phases),
  policy: z.string(),
  alpha: z.number(),
  configVersion: z.number(),
  stateVersion: z.number(),
  bucket: z.number(),
  /** Every eligible arm with its score, the width of its uncertainty, its probability and its rewards at that moment. */
  arms: z.array(z.object({ arm: z.string(), score: z.number(), width: z.number(), probability: z.number(), n: z.number() })),
  reward: z.number().nullable(),
  settledBy: z.enum(['feedback', 'timeout', 'amend']).nullable(),
  settledAtMs: z.number().nullable(),
  /** How the reward came about: the outcome, the latency, the rating. */
  parts: z.string().nullable(),
  rating: z.number().nullable(),
  comment: z.string().nullable(),
});
export type DecisionView = z.infer<typeof decisionSchema>;

export const estimateSchema = z.object({ value: z.number(), low: z.number(), high: z.number() });
export const whatifSchema = z.object({
  policy: z.string(),
  alpha: z.number(),
  decisions: z.number(),
  /** `cannot-tell` never carries a number. */
  answer: z.enum(['answer', 'preliminary', 'cannot-tell']),
  text: z.string(),
  /** Mean reward of the log as it was. */
  logged: z.number().nullable(),
  /** Doubly robust, with an always-valid 95 % interval. */
  estimate: estimateSchema.nullable(),
  /** The change against what was logged, with its own interval. */
  change: estimateSchema.nullable(),
  estimators: z.object({ ips: z.number(), snips: z.number(), dm: z.number(), dr: z.number(), sndr: z.number() }).nullable(),
  effectiveSample: z.number(),
  largestWeight: z.number(),
  /** About 1 for any target: the log and its propensities belong together. */
  meanWeight: z.number(),
  /** Share of decisions that would be another one. */
  changed: z.number(),
  /** The policy learning from nothing but the decisions it would have made itself; null when too few of them match. */
  replay: z.object({ accepted: z.number(), value: z.number() }).nullable(),
  /** Share of each arm under the target. */
  shares: z.record(z.string(), z.number()),
});
export type Whatif = z.infer<typeof whatifSchema>;
