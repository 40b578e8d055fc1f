import { beliefs, greedyIndex } from '../posterior.js';
import { type Belief, probabilityBest } from '../probability-best.js';
import type { Scored } from '../types.js';
import { oneHot, type PolicyRule } from './policy.js';

/** Policies that rest on the posterior beliefs of the arms. */

const scoreBeliefs: PolicyRule['score'] = (arms, context, state, config) =>
  beliefs(arms, context, state, config.model).map((belief) => ({
    mean: belief.mean,
    score: belief.mean,
    width: belief.sd,
    shape: belief.beta ?? belief.nu,
    n: belief.kappa,
  }));

const greedy: (scored: readonly Scored[], arms: readonly { readonly arm: string }[]) => number[] = (scored, arms) =>
  oneHot(
    scored.length,
    greedyIndex(
      arms,
      scored.map((one) => one.score),
    ),
  );

function stretched({ score, width, shape }: Scored, alpha: number): Belief {
  if (shape === 'normal') return { mean: score, sd: alpha * width, nu: Number.POSITIVE_INFINITY };
  if (typeof shape === 'number') return { mean: score, sd: alpha * width, nu: shape };
  return { mean: score, sd: width, nu: shape[0] + shape[1], beta: shape, stretch: alpha };
}

/** Each arm's chance of being the best, beliefs widened by alpha. */
export const byChance: PolicyRule['shares'] = (scored, alpha, arms) =>
  alpha === 0 || scored.some((one) => one.width <= 0) ? greedy(scored, arms) : probabilityBest(scored.map((one) => stretched(one, alpha)));

export const thompson: PolicyRule = {
  name: 'thompson',
  formula: 'P(mean + alpha · sd · t is the highest), sd the posterior standard deviation',
  exploresByForce: true,
  score: scoreBeliefs,
  shares: byChance,
};

/** Share of uniform draws at alpha 1. */
const exploreShare = 0.1;

/** Arms nothing is known of (no prior, no data) come first. */
export const epsilonGreedy: PolicyRule = {
  name: 'epsilon-greedy',
  formula: 'alpha · 0.1 spread evenly, the rest to the highest posterior mean',
  exploresByForce: true,
  score: (arms, context, state, config) => scoreBeliefs(arms, context, state, config).map((one) => ({ ...one, width: exploreShare })),
  shares(scored, alpha, arms) {
    const unknown = scored.filter((one) => one.n === 0).length;
    if (unknown > 0) return scored.map((one) => (one.n === 0 ? 1 / unknown : 0));
    const explore = Math.min(1, exploreShare * alpha);
    return greedy(scored, arms).map((top) => explore / scored.length + top * (1 - explore));
  },
};

/** Boltzmann exploration with this temperature at alpha 1. */
const temperature = 0.1;

export const softmax: PolicyRule = {
  name: 'softmax',
  formula: 'exp(mean / (alpha · 0.1)), normalised',
  exploresByForce: true,
  score: (arms, context, state, config) => scoreBeliefs(arms, context, state, config).map((one) => ({ ...one, width: temperature })),
  shares(scored, alpha, arms) {
    if (alpha === 0) return greedy(scored, arms);
    const top = Math.max(...scored.map((one) => one.score));
    return scored.map((one) => Math.exp((one.score - top) / (alpha * one.width)));
  },
};

/** Scale of gamma at alpha 1, gamma = 10 sqrt(t): the default of Vowpal Wabbit's SquareCB. */
const gammaScale = 10;

/** Foster and Rakhlin 2020: each arm 1 / (K + gamma gap), the rest to the best one. */
export const squarecb: PolicyRule = {
  name: 'squarecb',
  formula: '1 / (K + gap · 10 √t / alpha), the rest to the highest mean',
  exploresByForce: true,
  score(arms, context, state, config) {
    const t = Math.max(
      1,
      arms.reduce((sum, arm) => sum + (state.arms[arm.arm]?.n ?? 0), 0),
    );
    return scoreBeliefs(arms, context, state, config).map((one) => ({ ...one, width: 1 / (gammaScale * Math.sqrt(t)) }));
  },
  shares(scored, alpha, arms) {
    const best = greedy(scored, arms);
    const at = best.indexOf(1);
    const top = scored[at]?.score ?? 0;
    const others = scored.map((one, i) => (i === at ? 0 : alpha === 0 ? 0 : 1 / (scored.length + (top - one.score) / (alpha * one.width))));
    const left = 1 - others.reduce((sum, share) => sum + share, 0);
    return others.map((share, i) => (i === at ? left : share));
  },
};

/** Fixed shares by the arm weights alone: the switch that turns learning and forced draws off. */
export const staticShares: PolicyRule = {
  name: 'static',
  formula: 'the arm weights alone; nothing is learned from and nothing is forced',
  exploresByForce: false,
  score: (arms, context, state, config) => scoreBeliefs(arms, context, state, config).map((one) => ({ ...one, width: 0 })),
  shares: (scored) => scored.map(() => 1 / scored.length),
};
