import type { Config } from '../../../contract/config.js';
import { epsilonGreedy } from './epsilon-greedy.js';
import type { Policy } from './policy.js';
import { staticShares } from './static.js';
import { thompson } from './thompson.js';
import { ucb1 } from './ucb1.js';

export type PolicyName = Config['coordinator']['policy'];

/** Every policy an operator may name in the config; one without an entry does not compile. */
export const policies: Readonly<Record<PolicyName, Policy>> = { thompson, ucb1, 'epsilon-greedy': epsilonGreedy, static: staticShares };
