import { Beta } from './beta.js';
import { normalCdf } from './special.js';
import { StudentT } from './student-t.js';

/** One arm's belief as mean + sd * t(nu); infinite `nu` is a normal. With `beta` it is mean + stretch * (X - mean), X ~ Beta(a, b). */
export interface Belief {
  readonly mean: number;
  readonly sd: number;
  readonly nu: number;
  readonly beta?: readonly [number, number];
  readonly stretch?: number;
}

interface Shape {
  readonly mean: number;
  readonly sd: number;
  /** How many deviations below the mean the rest of the mass is nothing, and above. */
  readonly below: number;
  readonly above: number;
  density(x: number): number;
  cdf(x: number): number;
}

/** Gauss-Legendre on [-1, 1], 8 points. */
const nodes = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363].flatMap((x) => [-x, x]);
const weights = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763].flatMap((w) => [w, w]);

/**
 * P(arm i has the highest mean) for each arm: the integral of f_i(x) * prod_{j != i} F_j(x) dx by
 * one-dimensional quadrature on pieces that are fine where any arm is narrow. Never by sampling. All sd above 0.
 */
export function probabilityBest(beliefs: readonly Belief[]): number[] {
  if (beliefs.length === 1) return [1];
  const arms = beliefs.map(shapeOf);
  const count = arms.length;
  const edges = piecesOf(arms);
  const best = new Float64Array(count);
  const below = new Float64Array(count);
  const before = new Float64Array(count + 1);
  for (let piece = 0; piece + 1 < edges.length; piece++) {
    const from = edges[piece] as number;
    const half = ((edges[piece + 1] as number) - from) / 2;
    for (let node = 0; node < nodes.length; node++) {
      const x = from + half * (1 + (nodes[node] as number));
      for (let i = 0; i < count; i++) below[i] = (arms[i] as Shape).cdf(x);
      // Products of all others by prefix and suffix: no division, so a zero stays a zero.
      before[0] = 1;
      for (let i = 0; i < count; i++) before[i + 1] = (before[i] as number) * (below[i] as number);
      let after = 1;
      for (let i = count - 1; i >= 0; i--) {
        const others = (before[i] as number) * after;
        if (others > 1e-18) best[i] = (best[i] as number) + (weights[node] as number) * half * others * (arms[i] as Shape).density(x);
        after *= below[i] as number;
      }
    }
  }
  const total = best.reduce((sum, share) => sum + share, 0);
  return total > 0 ? Array.from(best, (share) => share / total) : Array.from(best, () => 1 / count);
}

/** Edges from where some arm is surely better to where none is left, each piece as wide as the narrowest arm near it allows. */
function piecesOf(arms: readonly Shape[]): number[] {
  const low = Math.max(...arms.map((arm) => arm.mean - arm.below * arm.sd));
  const high = Math.max(low, ...arms.map((arm) => arm.mean + arm.above * arm.sd));
  const edges = [low];
  // The ends of a Beta are corners: no piece may reach across them.
  const corners = [...new Set(arms.flatMap((arm) => [arm.mean - arm.below * arm.sd, arm.mean + arm.above * arm.sd]))]
    .filter((x) => x > low && x < high)
    .sort((a, b) => a - b);
  corners.push(high);
  let x = low;
  let corner = 0;
  while (x < high && edges.length < 2_000) {
    let step = Number.POSITIVE_INFINITY;
    for (const arm of arms) step = Math.min(step, Math.max(1.4 * arm.sd, 0.55 * Math.abs(x - arm.mean)));
    while (corner < corners.length - 1 && (corners[corner] as number) <= x) corner++;
    const end = corners[corner] as number;
    x = x + 1.3 * step >= end ? end : x + step;
    edges.push(x);
  }
  return edges;
}

function shapeOf(belief: Belief): Shape {
  const { mean, sd, nu } = belief;
  if (belief.beta !== undefined) {
    const shape = new Beta(...belief.beta);
    const stretch = belief.stretch ?? 1;
    const back = (x: number): number => mean + (x - mean) / stretch;
    return {
      mean,
      sd: sd * stretch,
      below: Math.min(9, mean / sd),
      above: Math.min(9, (1 - mean) / sd),
      density: (x) => shape.density(back(x)) / stretch,
      cdf: (x) => shape.cdf(back(x)),
    };
  }
  if (nu === Number.POSITIVE_INFINITY) {
    const scale = 1 / (sd * Math.sqrt(2 * Math.PI));
    return {
      mean,
      sd,
      below: 9,
      above: 9,
      density: (x) => scale * Math.exp(-0.5 * ((x - mean) / sd) ** 2),
      cdf: (x) => normalCdf((x - mean) / sd),
    };
  }
  const t = new StudentT(nu);
  // Few degrees of freedom have long tails.
  const reach = nu >= 30 ? 10 : nu >= 8 ? 60 : 400;
  return { mean, sd, below: reach, above: reach, density: (x) => t.density((x - mean) / sd) / sd, cdf: (x) => t.cdf((x - mean) / sd) };
}
