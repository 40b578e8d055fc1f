import type { Params } from '../../contract/methods.js';
import type { TurnView } from '../../contract/state.js';

const noTimings = { queueMs: null, chooseMs: null, agentMs: null, totalMs: null };

/** A turn in the moment it is asked for: nobody has chosen, said or done anything. `createdAt` in wall ms. */
export function newTurn(id: string, { sessionId, text, intent }: Params<'turn.create'>, createdAt: number): TurnView {
  return {
    id,
    sessionId,
    status: 'queued',
    prompt: text,
    text: '',
    intent: intent ?? null,
    arm: null,
    propensity: null,
    decisionKind: null,
    provider: null,
    progress: null,
    suggestion: null,
    rating: null,
    reward: null,
    error: null,
    attempts: 0,
    createdAt,
    startedAt: null,
    endedAt: null,
    timings: noTimings,
    trace: [],
  };
}
