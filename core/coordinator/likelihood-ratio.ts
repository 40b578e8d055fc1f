/** kl(p, q) of two Bernoulli means; infinite where q cannot give p. */
export function bernoulliKl(p: number, q: number): number {
  const part = (x: number, y: number): number => (x === 0 ? 0 : y === 0 ? Number.POSITIVE_INFINITY : x * Math.log(x / y));
  return Math.max(0, part(p, q) + part(1 - p, 1 - q));
}

/** Rewards of one arm: how many, and their sum 0..n. */
export interface Rewards {
  readonly n: number;
  readonly sum: number;
}

/** A gap below this does not matter to anybody. */
export const verdictMargin = 0.02;

/**
 * Generalised likelihood ratio that `leader` is better than `arm` by more than `margin` (Garivier and Kaufmann
 * 2016, Bernoulli, which holds for all rewards in 0..1): min over means with leader - arm <= margin of
 * n kl(average, mean) summed over both. 0 while the averages are no further apart than the margin.
 */
export function likelihoodRatio(leader: Rewards, arm: Rewards, margin = verdictMargin): number {
  if (leader.n <= 0 || arm.n <= 0) return 0;
  const top = Math.min(1, Math.max(0, leader.sum / leader.n));
  const low = Math.min(1, Math.max(0, arm.sum / arm.n));
  if (top - low <= margin) return 0;
  const cost = (mean: number): number => arm.n * bernoulliKl(low, mean) + leader.n * bernoulliKl(top, mean + margin);
  // Convex in the arm's mean: golden section between the averages.
  let [from, to] = [Math.max(low, -margin), Math.min(top - margin, 1, 1 - margin)];
  const golden = (Math.sqrt(5) - 1) / 2;
  let [left, right] = [to - golden * (to - from), from + golden * (to - from)];
  let [atLeft, atRight] = [cost(left), cost(right)];
  for (let i = 0; i < 60; i++) {
    if (atLeft < atRight) {
      [to, right, atRight] = [right, left, atLeft];
      left = to - golden * (to - from);
      atLeft = cost(left);
    } else {
      [from, left, atLeft] = [left, right, atRight];
      right = from + golden * (to - from);
      atRight = cost(right);
    }
  }
  return Math.min(atLeft, atRight);
}

/**
 * Gaps between the means (leader less arm) that the ratio does not exclude at this threshold: what lies outside is
 * refuted at every look with the same error as the verdict itself.
 */
export function gapInterval(leader: Rewards, arm: Rewards, threshold: number): { readonly low: number; readonly high: number } {
  if (leader.n <= 0 || arm.n <= 0) return { low: -1, high: 1 };
  const seen = leader.sum / leader.n - arm.sum / arm.n;
  /** Between the gap that was seen and an end of the scale: the last gap that is not excluded. */
  const edge = (end: number, ratio: (gap: number) => number): number => {
    if (ratio(end) <= threshold) return end;
    let [inside, outside] = [seen, end];
    for (let i = 0; i < 40; i++) {
      const middle = (inside + outside) / 2;
      if (ratio(middle) <= threshold) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  return { low: edge(-1, (gap) => likelihoodRatio(leader, arm, gap)), high: edge(1, (gap) => likelihoodRatio(arm, leader, -gap)) };
}

/** What the ratio has to pass with `arms` arms after `settled` settled pulls: ln((K - 1)(1 + ln t) / error). */
export const ratioThreshold = (arms: number, settled: number, error = 0.05): number =>
  Math.log((Math.max(1, arms - 1) * (1 + Math.log(Math.max(1, settled)))) / error);

/** Own rewards needed to see a gap, for three arms, by simulation: between them n * gap^2 runs straight in ln(gap). */
const needs: readonly (readonly [gap: number, pulls: number])[] = [
  [0.2, 83],
  [0.1, 265],
  [0.05, 1_031],
  [0.03, 2_997],
];

/** About how many own rewards it takes until a gap of this size is seen among `arms` arms. */
export function pullsNeeded(gap: number, arms = 3): number {
  const size = Math.min(1, Math.max(0.005, gap));
  const scale = ratioThreshold(arms, 1_000) / ratioThreshold(3, 1_000);
  const first = needs[0] ?? [0.2, 83];
  const last = needs.at(-1) ?? first;
  const squared = ([g, pulls]: readonly [number, number]): number => pulls * g * g;
  let product: number;
  if (size >= first[0]) product = squared(first);
  else if (size <= last[0]) product = squared(last);
  else {
    const at = needs.findIndex(([g]) => g <= size);
    const upper = needs[at - 1] ?? first;
    const lower = needs[at] ?? last;
    const share = (Math.log(upper[0]) - Math.log(size)) / (Math.log(upper[0]) - Math.log(lower[0]));
    product = squared(upper) + share * (squared(lower) - squared(upper));
  }
  return Math.max(20, Math.round((scale * product) / (size * size)));
}
