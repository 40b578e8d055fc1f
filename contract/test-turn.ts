import type { TurnView } from './state.js';

/** A turn just accepted, for tests. */
export function turnOf(fields: Partial<TurnView> = {}): TurnView {
  return {
    id: 't1',
    sessionId: 's1',
    status: 'queued',
    prompt: 'what is 2 + 2?',
    text: '',
    intent: null,
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
    createdAt: 1_000,
    startedAt: null,
    endedAt: null,
    timings: { queueMs: null, chooseMs: null, agentMs: null, totalMs: null },
    trace: [],
    ...fields,
  };
}
