import { linearBelief } from '../linear.js';
import { beliefs, cellPriorCount, greedyIndex, seenCells } from '../posterior.js';
import { type ArmConfig, type Context, emptyArm, type LearnedState, microPerReward, noWidth, type Scored } from '../types.js';
import { byChance } from './by-belief.js';
import { oneHot, type PolicyRule } from './policy.js';

/** Policies that take the arm with the highest optimistic value: score + alpha * width. */

const highestBound: PolicyRule['shares'] = (scored, alpha, arms) => {
  const unseen = scored.filter((one) => one.width >= noWidth).length;
  if (unseen > 0) return scored.map((one) => (one.width >= noWidth ? 1 / unseen : 0));
  return oneHot(
    scored.length,
    greedyIndex(
      arms,
      scored.map((one) => one.score + alpha * one.width),
    ),
  );
};

interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** Plain averages of the settled rewards; under an intent that was seen, shrunk towards the arm with 10 pseudo-counts. */
function samples(arms: readonly ArmConfig[], context: Context, state: LearnedState): Sample[] {
  const cells = seenCells(arms, context, state);
  return arms.map((arm) => {
    const own = sample(state.arms[arm.arm] ?? emptyArm);
    const cell = cells?.[arm.arm];
    if (cells === undefined || own.n === 0) return own;
    const inCell = sample(cell ?? emptyArm);
    const n = cellPriorCount + inCell.n;
    const mean = (cellPriorCount * own.mean + inCell.n * inCell.mean) / n;
    return { n, mean, variance: (cellPriorCount * own.variance + inCell.n * inCell.variance) / n };
  });
}

function sample(state: { readonly n: number; readonly sum: number; readonly sumSq: number }): Sample {
  if (state.n === 0) return { n: 0, mean: 0, variance: 0 };
  const mean = state.sum / microPerReward / state.n;
  return { n: state.n, mean, variance: Math.max(0, state.sumSq / microPerReward / state.n - mean * mean) };
}

const bounded =
  (width: (sample: Sample, lnT: number) => number): PolicyRule['score'] =>
  (arms, context, state, config) => {
    const found = samples(arms, context, state);
    const lnT = Math.log(
      Math.max(
        1,
        found.reduce((sum, one) => sum + one.n, 0),
      ),
    );
    const means = beliefs(arms, context, state, config.model);
    return found.map(
      (one, i): Scored => ({
        mean: means[i]?.mean ?? 0,
        score: one.mean,
        width: one.n === 0 ? noWidth : width(one, lnT),
        shape: 'normal',
        n: one.n,
      }),
    );
  };

/** Auer et al. 2002. Arms without rewards come first, evenly. */
export const ucb1: PolicyRule = {
  name: 'ucb1',
  formula: 'mean + alpha · √(2 ln t / n)',
  exploresByForce: true,
  score: bounded(({ n }, lnT) => Math.sqrt((2 * lnT) / n)),
  shares: highestBound,
};

export const ucb1Tuned: PolicyRule = {
  name: 'ucb1-tuned',
  formula: 'mean + alpha · √(ln t / n · min(1/4, V)), V = variance + √(2 ln t / n)',
  exploresByForce: true,
  score: bounded(({ n, variance }, lnT) => Math.sqrt((lnT / n) * Math.min(0.25, variance + Math.sqrt((2 * lnT) / n)))),
  shares: highestBound,
};

/** The deviation of a 0/1 reward, taken until the noise is known. */
const unknownNoise = 0.5;
const noiseKnownFrom = 30;
/** Variance of one reward under which the noise is never taken. */
const leastNoise = 1e-4;

const constantOnly = [1];

/** Li et al. 2010, disjoint: the reach of each estimate times the pooled noise of one reward. */
const scoreLinear: PolicyRule['score'] = (arms, context, state) => {
  const x = context.features ?? constantOnly;
  const found = arms.map((arm) => linearBelief(arm, state.linear?.[arm.arm], x));
  const n = arms.reduce((sum, arm) => sum + (state.arms[arm.arm]?.n ?? 0), 0);
  const squares = arms.reduce((sum, arm) => sum + (state.arms[arm.arm]?.sumSq ?? 0), 0) / microPerReward;
  const residual = squares + found.reduce((sum, one) => sum + one.residual, 0);
  const sigma = n < noiseKnownFrom ? unknownNoise : Math.sqrt(Math.max(leastNoise, residual / n));
  return found.map((one, i) => ({ mean: one.mean, score: one.mean, width: sigma * one.reach, shape: 'normal', n: state.arms[arms[i]?.arm ?? '']?.n ?? 0 }));
};

export const linucb: PolicyRule = {
  name: 'linucb',
  formula: 'θ·x + alpha · σ √(x′A⁻¹x), σ the estimated noise of one reward',
  exploresByForce: true,
  score: scoreLinear,
  shares: highestBound,
};

export const lints: PolicyRule = {
  name: 'lints',
  formula: 'P(θ·x + alpha · σ √(x′A⁻¹x) · N(0,1) is the highest)',
  exploresByForce: true,
  score: scoreLinear,
  shares: byChance,
};
