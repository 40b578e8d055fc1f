import { greedyIndex, posterior } from '../posterior.js';
import { StudentT } from '../student-t.js';
import { emptyArm } from '../types.js';
import { normalise, oneHot, policyOf } from './policy.js';

/** One arm's belief as mean + sd * t(nu). */
export interface Belief {
  readonly mean: number;
  readonly sd: number;
  readonly nu: number;
}

/** Gauss-Legendre on [-1, 1], 8 points. */
const nodes = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363].flatMap((x) => [-x, x]);
const weights = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763].flatMap((w) => [w, w]);

/** Where to cut the axis around one arm, in its standard deviations; few degrees of freedom have long tails. */
const nearCuts = [0, 0.7, 1.5, 3, 5.5, 10];
const farCuts = [0, 0.7, 1.5, 3, 6, 15, 60, 400];
const cutsFor = (nu: number): readonly number[] => (nu >= 30 ? nearCuts : farCuts);
/** Below this many deviations under its mean an arm is surely better. */
const surelyAbove = (nu: number): number => (nu >= 30 ? 8 : nu >= 8 ? 15 : 60);

/**
 * P(arm i has the highest mean) for each arm: the integral of f_i(x) * prod_{j != i} F_j(x) dx by
 * one-dimensional quadrature on pieces cut around every arm. Never by sampling. All sd above 0.
 */
export function probabilityBest(beliefs: readonly Belief[]): number[] {
  if (beliefs.length === 1) return [1];
  const arms = beliefs.map((belief) => ({ ...belief, t: new StudentT(belief.nu) }));
  const low = Math.max(...arms.map((arm) => arm.mean - surelyAbove(arm.nu) * arm.sd));
  const cuts = arms.flatMap((arm) => cutsFor(arm.nu).flatMap((cut) => [arm.mean - cut * arm.sd, arm.mean + cut * arm.sd]));
  const edges = [low, ...new Set(cuts.filter((cut) => cut > low))].sort((a, b) => a - b);

  const best = arms.map(() => 0);
  const below = arms.map(() => 0);
  for (let piece = 0; piece + 1 < edges.length; piece++) {
    const [from, to] = [edges[piece] ?? 0, edges[piece + 1] ?? 0];
    const half = (to - from) / 2;
    for (let node = 0; node < nodes.length; node++) {
      const x = from + half * (1 + (nodes[node] ?? 0));
      for (let i = 0; i < arms.length; i++) {
        const arm = arms[i];
        if (arm !== undefined) below[i] = arm.t.cdf((x - arm.mean) / arm.sd);
      }
      for (let i = 0; i < arms.length; i++) {
        const arm = arms[i];
        if (arm === undefined) continue;
        let others = 1;
        for (let j = 0; j < arms.length && others > 0; j++) if (j !== i) others *= below[j] ?? 0;
        if (others > 0) best[i] = (best[i] ?? 0) + ((weights[node] ?? 0) * half * others * arm.t.density((x - arm.mean) / arm.sd)) / arm.sd;
      }
    }
  }
  return normalise(best);
}

/** Thompson sampling as probabilities: each arm gets its chance of being the best, alpha times the posterior deviation. */
export const thompson = policyOf('thompson', (arms, _context, states, config) => {
  const beliefs = arms.map((arm) => posterior(arm, states[arm.arm] ?? emptyArm));
  if (config.alpha === 0)
    return oneHot(
      arms.length,
      greedyIndex(
        arms,
        beliefs.map((belief) => belief.mean),
      ),
    );
  return probabilityBest(beliefs.map((belief) => ({ mean: belief.mean, sd: config.alpha * belief.sd, nu: belief.nu })));
});
