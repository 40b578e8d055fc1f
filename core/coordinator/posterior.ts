import { StudentT } from './student-t.js';
import { type ArmConfig, type ArmState, microPerReward } from './types.js';

/** The prior of an arm counts for this many rewards. */
export const defaultPriorCount = 10;
/** The prior of an arm that joins a running coordinator counts for less: the others have data already. */
export const latecomerPriorCount = 2;
/** Prior degrees of freedom and variance of one reward. */
const nu0 = 4;
const v0 = 0.3 ** 2;
const varianceFloor = 1e-4;

/** Belief about the mean reward of one arm: mean + sd * t(nu). */
export interface Posterior {
  readonly mean: number;
  /** Scale of the mean, 0 is certainty. */
  readonly sd: number;
  readonly nu: number;
  /** Prior count plus rewards. */
  readonly kappa: number;
}

/**
 * Normal-Inverse-Gamma with prior mean m and count n0:
 * kappa = n0 + n; mean = (n0 m + S) / kappa; nu = 4 + n;
 * v = [4 * 0.09 + (Q - n rbar^2) + n0 n / kappa (rbar - m)^2] / nu, at least 1e-4; sd = sqrt(v / kappa).
 */
export function posterior(arm: ArmConfig, state: ArmState): Posterior {
  const n0 = arm.priorCount ?? defaultPriorCount;
  const n = state.n;
  const kappa = n0 + n;
  const nu = nu0 + n;
  if (kappa === 0) return { mean: arm.prior, sd: Math.sqrt(v0), nu, kappa };
  const sum = state.sum / microPerReward;
  const average = n === 0 ? 0 : sum / n;
  const within = n === 0 ? 0 : Math.max(0, state.sumSq / microPerReward - n * average * average);
  const between = ((n0 * n) / kappa) * (average - arm.prior) ** 2;
  const v = Math.max(varianceFloor, (nu0 * v0 + within + between) / nu);
  return { mean: (n0 * arm.prior + sum) / kappa, sd: Math.sqrt(v / kappa), nu, kappa };
}

/** Central 95 % credible interval of the mean reward, within 0..1. */
export function credibleInterval(belief: Posterior): { readonly low: number; readonly high: number } {
  const reach = new StudentT(belief.nu).quantile(0.975) * belief.sd;
  return { low: Math.min(1, Math.max(0, belief.mean - reach)), high: Math.max(0, Math.min(1, belief.mean + reach)) };
}

/** Share of the belief that still comes from the prior, 1 before any data. */
export const priorWeight = (arm: ArmConfig, state: ArmState): number => {
  const n0 = arm.priorCount ?? defaultPriorCount;
  return n0 + state.n === 0 ? 0 : n0 / (n0 + state.n);
};

/** Index of the highest posterior mean; ties go to the lowest arm name. */
export function greedyIndex(arms: readonly ArmConfig[], means: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < arms.length; i++) {
    const [mean, top] = [means[i] ?? 0, means[best] ?? 0];
    if (mean > top || (mean === top && (arms[i]?.arm ?? '') < (arms[best]?.arm ?? ''))) best = i;
  }
  return best;
}
