import { Beta } from './beta.js';
import { StudentT } from './student-t.js';
import { type ArmConfig, type ArmState, type Context, emptyArm, type LearnedState, microPerReward, type RewardModel } from './types.js';

/** The prior of an arm counts for this many rewards. */
export const defaultPriorCount = 10;
/** The prior of an arm that joins a running coordinator counts for less: the others have data already. */
export const latecomerPriorCount = 2;
/** The arm overall counts for this many rewards in each of its cells (arm, intent). */
export const cellPriorCount = 10;
/** A configured prior that counts for more than this is hardly ever corrected by data. */
export const heavyPriorCount = 50;
/** Prior degrees of freedom and variance of one reward. */
const nu0 = 4;
const v0 = 0.3 ** 2;
const varianceFloor = 1e-4;

/** Belief about the mean reward of one arm: mean + sd * t(nu), or Beta(a, b) where `beta` is given. */
export interface Posterior {
  readonly mean: number;
  /** Scale of the mean, 0 is certainty. For a Beta its standard deviation. */
  readonly sd: number;
  readonly nu: number;
  /** Prior count plus rewards. */
  readonly kappa: number;
  readonly beta?: readonly [number, number];
}

interface Prior {
  readonly prior: number;
  readonly priorCount?: number;
}

/**
 * Normal-Inverse-Gamma with prior mean m and count n0:
 * kappa = n0 + n; mean = (n0 m + S) / kappa; nu = 4 + n;
 * v = [4 * 0.09 + (Q - n rbar^2) + n0 n / kappa (rbar - m)^2] / nu, at least 1e-4; sd = sqrt(v / kappa).
 * `binary`: Beta(n0 m + S, n0 (1 - m) + n - S).
 */
export function posterior(arm: Prior, state: ArmState, model: RewardModel = 'graded'): Posterior {
  const n0 = arm.priorCount ?? defaultPriorCount;
  const n = state.n;
  const kappa = n0 + n;
  const nu = nu0 + n;
  if (kappa === 0) return { mean: arm.prior, sd: Math.sqrt(v0), nu, kappa, ...(model === 'binary' ? { beta: [1, 1] } : {}) };
  const sum = state.sum / microPerReward;
  const mean = (n0 * arm.prior + sum) / kappa;
  if (model === 'binary') {
    // A prior of exactly 0 or 1 leaves one count at nothing, which is no distribution.
    const a = Math.max(1e-3, n0 * arm.prior + sum);
    const b = Math.max(1e-3, n0 * (1 - arm.prior) + n - sum);
    return { mean, sd: Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1))), nu, kappa, beta: [a, b] };
  }
  const average = n === 0 ? 0 : sum / n;
  const within = n === 0 ? 0 : Math.max(0, state.sumSq / microPerReward - n * average * average);
  const between = ((n0 * n) / kappa) * (average - arm.prior) ** 2;
  const v = Math.max(varianceFloor, (nu0 * v0 + within + between) / nu);
  return { mean, sd: Math.sqrt(v / kappa), nu, kappa };
}

/**
 * Beliefs in a context, in the order of the arms. A cell (arm, intent) uses the same formulas with the
 * arm's own posterior mean as prior and 10 pseudo-counts; an intent never seen behaves like the arms overall.
 */
export function beliefs(arms: readonly ArmConfig[], context: Context, state: LearnedState, model: RewardModel = 'graded'): Posterior[] {
  const overall = arms.map((arm) => posterior(arm, state.arms[arm.arm] ?? emptyArm, model));
  const cells = seenCells(arms, context, state);
  if (cells === undefined) return overall;
  return overall.map((belief, i) =>
    posterior({ prior: Math.min(1, Math.max(0, belief.mean)), priorCount: cellPriorCount }, cells[arms[i]?.arm ?? ''] ?? emptyArm, model),
  );
}

/** The cells of the context's intent; undefined while none of these arms has a reward under it. */
export function seenCells(arms: readonly ArmConfig[], context: Context, state: LearnedState): Readonly<Record<string, ArmState>> | undefined {
  const cells = context.intent === null ? undefined : state.cells?.[context.intent];
  return cells !== undefined && arms.some((arm) => (cells[arm.arm]?.n ?? 0) > 0) ? cells : undefined;
}

/** Central 95 % credible interval of the mean reward, within 0..1. */
export function credibleInterval(belief: Posterior): { readonly low: number; readonly high: number } {
  if (belief.beta !== undefined) {
    const shape = new Beta(...belief.beta);
    return { low: shape.quantile(0.025), high: shape.quantile(0.975) };
  }
  const reach = new StudentT(belief.nu).quantile(0.975) * belief.sd;
  return { low: Math.min(1, Math.max(0, belief.mean - reach)), high: Math.max(0, Math.min(1, belief.mean + reach)) };
}

/** Share of the belief that still comes from the prior, 1 before any data. */
export const priorWeight = (arm: ArmConfig, state: ArmState): number => {
  const n0 = arm.priorCount ?? defaultPriorCount;
  return n0 + state.n === 0 ? 0 : n0 / (n0 + state.n);
};

/** Index of the highest posterior mean; ties go to the lowest arm name. */
export function greedyIndex(arms: readonly { readonly arm: string }[], means: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < arms.length; i++) {
    const [mean, top] = [means[i] ?? 0, means[best] ?? 0];
    if (mean > top || (mean === top && (arms[i]?.arm ?? '') < (arms[best]?.arm ?? ''))) best = i;
  }
  return best;
}
