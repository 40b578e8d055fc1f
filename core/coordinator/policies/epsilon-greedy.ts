import { greedyIndex, posterior } from '../posterior.js';
import { emptyArm } from '../types.js';
import { policyOf } from './policy.js';

/** Share of uniform draws at alpha 1. */
const exploreShare = 0.1;

/** The highest posterior mean, and a uniform draw with probability 0.1 alpha; arms nothing is known of (no prior, no data) come first. */
export const epsilonGreedy = policyOf('epsilon-greedy', (arms, _context, states, config) => {
  const beliefs = arms.map((arm) => posterior(arm, states[arm.arm] ?? emptyArm));
  const unknown = beliefs.filter((belief) => belief.kappa === 0).length;
  if (unknown > 0) return beliefs.map((belief) => (belief.kappa === 0 ? 1 / unknown : 0));
  const explore = Math.min(1, exploreShare * config.alpha);
  const greedy = greedyIndex(
    arms,
    beliefs.map((belief) => belief.mean),
  );
  return arms.map((_, i) => explore / arms.length + (i === greedy ? 1 - explore : 0));
});
