/** Off-policy estimators: what a target would have earned on decisions that another policy made. */

export interface LoggedDecision {
  /** Index of the arm that was chosen. */
  readonly arm: number;
  readonly reward: number;
  /** Exact probability with which it was chosen. */
  readonly propensity: number;
  /** Probabilities of the target in the same situation. */
  readonly target: readonly number[];
  /** Expected reward per arm, from anything but this decision's own reward. */
  readonly expected?: readonly number[];
}

export interface Estimates {
  readonly ips: number;
  readonly snips: number;
  readonly dm: number;
  readonly dr: number;
  readonly sndr: number;
  /** (sum of weights)^2 / sum of squared weights. */
  readonly effectiveSample: number;
  readonly largestWeight: number;
  readonly meanWeight: number;
  /** Doubly robust score of each decision, for an interval. */
  readonly scores: readonly number[];
}

/**
 * With w = target(arm) / propensity and q the expected reward: IPS mean(w r); SNIPS sum(w r) / sum(w);
 * DM mean(sum_a target(a) q(a)); DR mean(DM_i + w (r - q(arm))); SNDR DM + sum(w (r - q(arm))) / sum(w)
 * (Horvitz-Thompson; Swaminathan and Joachims 2015; Dudik et al. 2011; Thomas and Brunskill 2016).
 */
export function estimate(log: readonly LoggedDecision[]): Estimates {
  const n = log.length;
  let weights = 0;
  let squares = 0;
  let largest = 0;
  let weighted = 0;
  let direct = 0;
  let corrections = 0;
  const scores: number[] = [];
  for (const { arm, reward, propensity, target, expected } of log) {
    const weight = (target[arm] ?? 0) / propensity;
    weights += weight;
    squares += weight * weight;
    largest = Math.max(largest, weight);
    weighted += weight * reward;
    const model = target.reduce((sum, share, i) => sum + share * (expected?.[i] ?? 0), 0);
    const correction = weight * (reward - (expected?.[arm] ?? 0));
    direct += model;
    corrections += correction;
    scores.push(model + correction);
  }
  const safe = (top: number, bottom: number): number => (bottom === 0 ? 0 : top / bottom);
  return {
    ips: safe(weighted, n),
    snips: safe(weighted, weights),
    dm: safe(direct, n),
    dr: safe(direct + corrections, n),
    sndr: safe(direct, n) + safe(corrections, weights),
    effectiveSample: safe(weights * weights, squares),
    largestWeight: largest,
    meanWeight: safe(weights, n),
    scores,
  };
}

/** sum(r / p) / sum(1 / p): the mean of an arm without the bias of adaptive choice. */
export const hajek = (pulls: readonly { readonly reward: number; readonly propensity: number }[]): number | null => {
  const bottom = pulls.reduce((sum, one) => sum + 1 / one.propensity, 0);
  return bottom === 0 ? null : pulls.reduce((sum, one) => sum + one.reward / one.propensity, 0) / bottom;
};
