import { lnBeta } from './special.js';

/** Intervals that stay valid however often one looks. All rewards within 0..1. */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Level of everything shown: 95 %. */
export const defaultError = 0.05;

/** Mixture parameter that is best at intrinsic time `vOpt` (Howard et al. 2021, two-sided normal mixture). */
const bestRho = (vOpt: number, alphaOpt: number): number => vOpt / (2 * Math.log(1 / alphaOpt) + Math.log(1 + 2 * Math.log(1 / alphaOpt)));

/**
 * Logarithm of the two-sided beta-binomial mixture supermartingale of a sub-Bernoulli process with range
 * (-g, h) at sum `s` and intrinsic time `v` (Howard, Ramdas, McAuliffe, Sekhon 2021, prop. 7; as in their library confseq).
 */
export function betaBinomialLogMixture(s: number, v: number, vOpt: number, g: number, h: number, alphaOpt = defaultError): number {
  const r = Math.max(bestRho(vOpt, alphaOpt) - g * h, 1e-3 * g * h);
  const both = g + h;
  return (
    (v / (g * h)) * Math.log(both) -
    ((v + h * s) / (h * both)) * Math.log(g) -
    ((v - g * s) / (g * both)) * Math.log(h) +
    lnBeta((r + v - g * s) / (g * both), (r + v + h * s) / (h * both)) -
    lnBeta(r / (g * both), r / (h * both))
  );
}

/** Own rewards at which the intervals on screen are tightest. */
export const tightestAt = 200;

/**
 * Always-valid interval of a mean in 0..1 from the number of rewards and their sum alone (sub-Bernoulli
 * mixture, Howard et al. 2021): with probability 1 - error it holds the mean at every look. 0..1 before the first reward.
 */
export function confidenceSequence(n: number, sum: number, error = defaultError, tightest = tightestAt): Interval {
  if (n <= 0) return { low: 0, high: 1 };
  const average = Math.min(1, Math.max(0, sum / n));
  const threshold = Math.log(1 / error);
  const excludes = (p: number): boolean => betaBinomialLogMixture((average - p) * n, p * (1 - p) * n, p * (1 - p) * tightest, p, 1 - p) > threshold;
  /** Bisects between a mean that is excluded (or the end) and one that is not. */
  const edge = (outer: number, inner: number): number => {
    let [far, near] = [outer, inner];
    for (let i = 0; i < 45; i++) {
      const middle = (far + near) / 2;
      if (middle <= 0 || middle >= 1 || excludes(middle)) far = middle;
      else near = middle;
    }
    return (far + near) / 2;
  };
  const tiny = 1e-9;
  return {
    low: average <= 0 || !excludes(tiny) ? 0 : edge(0, average),
    high: average >= 1 || !excludes(1 - tiny) ? 1 : edge(1, average),
  };
}

/** Difference of two means (first minus second), each by its own sequence at half the error: valid for both at every look. */
export function differenceSequence(
  first: { readonly n: number; readonly sum: number },
  second: { readonly n: number; readonly sum: number },
  error = defaultError,
): Interval {
  const one = confidenceSequence(first.n, first.sum, error / 2);
  const other = confidenceSequence(second.n, second.sum, error / 2);
  return { low: one.low - other.high, high: one.high - other.low };
}

/**
 * Asymptotic confidence sequence of a mean of `n` scores with deviation `sd` (Waudby-Smith, Arbour, Sinha,
 * Kennedy, Ramdas 2024, theorem 2.2): mean +- sd sqrt(2 (n rho^2 + 1) / (n^2 rho^2) ln(sqrt(n rho^2 + 1) / error)),
 * rho chosen to be tightest at `tightest` scores. Returns half its width.
 */
export function asymptoticReach(n: number, sd: number, error = defaultError, tightest = Math.max(1, n)): number {
  if (n <= 0) return Number.POSITIVE_INFINITY;
  const rho2 = (-2 * Math.log(error) + Math.log(-2 * Math.log(error) + 1)) / tightest;
  return sd * Math.sqrt(((2 * (n * rho2 + 1)) / (n * n * rho2)) * Math.log(Math.sqrt(n * rho2 + 1) / error));
}

/** The same around the mean of `scores`. `tightest` is fixed beforehand where the interval is looked at repeatedly. */
export function asymptoticSequence(scores: readonly number[], error = defaultError, tightest?: number): Interval & { readonly mean: number } {
  const n = scores.length;
  const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, n);
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, n);
  const reach = asymptoticReach(n, Math.sqrt(variance), error, tightest);
  return { mean, low: mean - reach, high: mean + reach };
}
