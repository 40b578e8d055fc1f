import { policyOf } from './policy.js';

/** Fixed shares by the arm weights alone: the switch that turns learning and forced draws off. */
export const staticShares = policyOf('static', (arms) => arms.map(() => 1 / arms.length), false);
