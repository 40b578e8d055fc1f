import { z } from 'zod';
import { phases, policyNames } from '../../contract/coordinator-views.js';
import type { Plan } from './decide.js';
import { beliefs } from './posterior.js';
import { type ArmConfig, type ArmStates, type Context, type Decision, type LearnedState, microPerReward, type PolicyConfig } from './types.js';

/**
 * One decision as the log keeps it: enough to draw it again, to compute exactly what another alpha would have
 * done, and to judge another policy on what was known then. Names are short because the log holds many.
 */
const shape = z.union([z.number(), z.literal('normal'), z.tuple([z.number(), z.number()])]);
const loggedArmSchema = z.object({
  arm: z.string(),
  /** Probability of the draw, learned share and weight. */
  p: z.number(),
  l: z.number(),
  k: z.number(),
  /** The acting policy's score and width with their shape. */
  s: z.number(),
  w: z.number(),
  v: shape,
  /** Posterior mean, deviation and shape in this context. */
  b: z.tuple([z.number(), z.number(), shape]),
  /** Rewards remembered: how many, average, variance. */
  r: z.tuple([z.number(), z.number(), z.number()]),
});
export type LoggedArm = z.infer<typeof loggedArmSchema>;

export const decisionRecordSchema = z.object({
  at: z.number(),
  intent: z.string().nullable(),
  /** Features in thousandths. */
  x: z.array(z.number()),
  arms: z.array(loggedArmSchema),
  arm: z.string(),
  p: z.number(),
  kind: z.enum(['forced', 'explore', 'exploit']),
  u: z.number(),
  eps: z.number(),
  phase: z.enum(phases),
  policy: z.enum(policyNames),
  alpha: z.number(),
  /** Settled pulls then, versions of settings and state. */
  t: z.number(),
  cv: z.number(),
  sv: z.number(),
});
export type DecisionRecord = z.infer<typeof decisionRecordSchema>;

/** A decision with what became of it. */
export interface LoggedTurn {
  readonly turnId: string;
  readonly decision: DecisionRecord;
  readonly bucket: number;
  readonly reward: number | null;
  readonly settledBy: 'feedback' | 'timeout' | 'amend' | null;
  readonly settledAtMs: number | null;
  readonly rating: number | null;
  readonly comment: string | null;
  readonly parts: string | null;
}

export interface Circumstance {
  readonly settled: number;
  readonly configVersion: number;
  readonly stateVersion: number;
  readonly milli: readonly number[];
}

type Drawn = 'at' | 'arm' | 'p' | 'kind' | 'u';
/** What all draws from one plan have in common, and what one draw adds. */
export type SharedRecord = Omit<DecisionRecord, Drawn>;
export type DrawnRecord = Pick<DecisionRecord, Drawn>;

export const drawnOf = (decision: Decision, atMs: number): DrawnRecord => ({
  at: atMs,
  arm: decision.arm,
  p: decision.propensity,
  kind: decision.kind,
  u: decision.u,
});

/** Arms that could not be chosen are left out. */
export function sharedRecord(plan: Plan, context: Context, state: LearnedState, config: PolicyConfig, at: Circumstance): SharedRecord {
  const open = plan.arms.flatMap((arm, i) => (plan.scored[i] === undefined ? [] : [{ arm, i }]));
  const believed = beliefs(
    open.map((one) => one.arm),
    context,
    state,
    config.model,
  );
  const arms = open.map(({ arm, i }, place): LoggedArm => {
    const scored = plan.scored[i];
    const belief = believed[place];
    return {
      arm: arm.arm,
      p: plan.pi[i] ?? 0,
      l: plan.learned[i] ?? 0,
      k: arm.weight,
      s: scored?.score ?? 0,
      w: scored?.width ?? 0,
      v: copyOf(scored?.shape ?? 'normal'),
      b: [belief?.mean ?? 0, belief?.sd ?? 0, copyOf(belief?.beta ?? belief?.nu ?? 'normal')],
      r: rewardsOf(arm, state.arms),
    };
  });
  return {
    intent: context.intent,
    x: [...at.milli],
    arms,
    eps: plan.epsilon,
    phase: plan.phase,
    policy: plan.policy,
    alpha: config.alpha,
    t: at.settled,
    cv: at.configVersion,
    sv: at.stateVersion,
  };
}

const copyOf = (from: number | 'normal' | readonly [number, number]): LoggedArm['v'] => (typeof from === 'object' ? [from[0], from[1]] : from);

function rewardsOf(arm: ArmConfig, states: ArmStates): [number, number, number] {
  const state = states[arm.arm];
  if (state === undefined || state.n <= 0) return [0, 0, 0];
  const mean = state.sum / microPerReward / state.n;
  return [state.n, mean, Math.max(0, state.sumSq / microPerReward / state.n - mean * mean)];
}
