import type { PolicyName } from '../../../contract/coordinator-views.js';
import type { ArmConfig, Context, LearnedState, PolicyConfig } from '../types.js';
import { epsilonGreedy, softmax, squarecb, staticShares, thompson } from './by-belief.js';
import { lints, linucb, ucb1, ucb1Tuned } from './by-bound.js';
import { type Policy, policyOf } from './policy.js';

export type { PolicyName } from '../../../contract/coordinator-views.js';

/** Every policy an operator may name in the config; one without an entry does not compile. */
export const policies: Readonly<Record<PolicyName, Policy>> = {
  thompson: policyOf(thompson),
  linucb: policyOf(linucb),
  lints: policyOf(lints),
  ucb1: policyOf(ucb1),
  'ucb1-tuned': policyOf(ucb1Tuned),
  squarecb: policyOf(squarecb),
  'epsilon-greedy': policyOf(epsilonGreedy),
  softmax: policyOf(softmax),
  static: policyOf(staticShares),
};

/** `distribution` of the policy that `config` names. */
export const distribution = (
  arms: readonly ArmConfig[],
  context: Context,
  state: LearnedState,
  config: PolicyConfig & { readonly policy: PolicyName },
): readonly number[] => policies[config.policy].distribution(arms, context, state, config);
