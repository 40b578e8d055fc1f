/**
 * The coordinator's pure functions under one roof: everything that decides, learns and judges, without Redis,
 * clock or chance. What has effects (the stores) is imported from its own file.
 */
export { epsilonAt, forcedDistribution, forcedShare, phaseAt, progressAt, warmupLength } from './cold-start.js';
export { complaintTerms } from './complaints.js';
export { asymptoticReach, asymptoticSequence, betaBinomialLogMixture, confidenceSequence, differenceSequence } from './confidence.js';
export { type CoordinatorSettings, decide, draw, explorationOf, pick, plan, warmupOf } from './decide.js';
export { estimate, hajek, type LoggedDecision } from './estimators.js';
export { featuresOf } from './features.js';
export { amend, settle, squareMicro, toMicro } from './fold.js';
export { intentOf } from './intents.js';
export { bernoulliKl, gapInterval, likelihoodRatio, pullsNeeded, ratioThreshold } from './likelihood-ratio.js';
export { addLinear, emptyLinear, linearBelief, toMilli } from './linear.js';
export { differencesOf, foldLog, noSums } from './log-fold.js';
export { memoryWeight, remember } from './memory.js';
export { distribution, policies } from './policies/registry.js';
export { beliefs, credibleInterval, greedyIndex, posterior } from './posterior.js';
export { probabilityBest } from './probability-best.js';
export { Replay, repeatable } from './replay.js';
export { implicitReward, ratingReward, rewardFormula } from './rewards.js';
export { trendsOf } from './trends.js';
export type { ArmConfig, ArmState, ArmStates, Context, LearnedState, PolicyConfig, Scored } from './types.js';
export { verdicts, type Window } from './verdicts.js';
export { targetShares, WhatifRun } from './whatif.js';
