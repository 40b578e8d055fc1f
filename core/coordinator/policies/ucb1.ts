import { greedyIndex } from '../posterior.js';
import { emptyArm, microPerReward } from '../types.js';
import { oneHot, policyOf } from './policy.js';

/** Auer et al. 2002: the highest mean + alpha sqrt(2 ln t / n) of the settled rewards; arms without any come first, evenly. */
export const ucb1 = policyOf('ucb1', (arms, _context, states, config) => {
  const known = arms.map((arm) => states[arm.arm] ?? emptyArm);
  const unseen = known.filter((state) => state.n === 0).length;
  if (unseen > 0) return known.map((state) => (state.n === 0 ? 1 / unseen : 0));
  const t = known.reduce((sum, state) => sum + state.n, 0);
  const scores = known.map((state) => state.sum / microPerReward / state.n + config.alpha * Math.sqrt((2 * Math.log(t)) / state.n));
  return oneHot(arms.length, greedyIndex(arms, scores));
});
