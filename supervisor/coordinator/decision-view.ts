import type { DecisionView } from '../../contract/coordinator-views.js';
import type { LoggedTurn } from '../../core/coordinator/decision-record.js';
import { noWidth } from '../../core/coordinator/types.js';

/** A decision as people look at it. */
export function decisionView({ turnId, decision, ...turn }: LoggedTurn): DecisionView {
  return {
    turnId,
    atMs: decision.at,
    intent: decision.intent,
    features: decision.x.map((milli) => milli / 1_000),
    arm: decision.arm,
    propensity: decision.p,
    kind: decision.kind,
    u: decision.u,
    epsilon: decision.eps,
    phase: decision.phase,
    policy: decision.policy,
    alpha: decision.alpha,
    configVersion: decision.cv,
    stateVersion: decision.sv,
    bucket: turn.bucket,
    arms: decision.arms.map((arm) => ({ arm: arm.arm, score: arm.s, width: Math.min(noWidth, arm.w), probability: arm.p, n: arm.r[0] })),
    reward: turn.reward,
    settledBy: turn.settledBy,
    settledAtMs: turn.settledAtMs,
    parts: turn.parts,
    rating: turn.rating,
    comment: turn.comment,
  };
}
