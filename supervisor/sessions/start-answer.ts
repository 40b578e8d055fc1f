import type { Result } from '../../contract/methods.js';
import type { SessionRecord } from '../../core/sessions/session-store.js';

export interface StartFacts {
  /** 1 for the first in line. */
  readonly position: number;
  /** Why it waits for a place: all are taken, or no memory is left for another agent. */
  readonly shortOf: 'places' | 'memory';
  /** Until a place comes free, and until an agent has started. */
  readonly placeWaitMs: number;
  readonly agentWaitMs: number;
  readonly latencyMs: number;
  readonly existing: boolean;
}

/** What the caller of a session start is told about the session as it is now. */
export function startAnswer(record: SessionRecord, facts: StartFacts): Result<'session.start'> {
  const sessionId = record.id;
  const extra = facts.existing ? { existing: true } : {};
  if (record.status === 'waiting') {
    const { position, placeWaitMs: estimatedWaitMs } = facts;
    return {
      sessionId,
      status: 'waiting',
      message: `${facts.shortOf === 'places' ? 'All places are taken' : 'There is no memory for another agent right now'}; you are number ${position}.`,
      taskId: `start-${sessionId}`,
      prewarmed: false,
      estimatedWaitMs,
      position,
      ...extra,
    };
  }
  if (record.status === 'starting' || record.status === 'error') {
    const message = 'An agent is being started; ask for the session until it is ready.';
    return { sessionId, status: 'starting', message, taskId: `start-${sessionId}`, prewarmed: false, estimatedWaitMs: facts.agentWaitMs, ...extra };
  }
  const message = facts.existing ? 'Your session goes on.' : 'A warm agent is ready.';
  return { sessionId, status: 'ready', message, prewarmed: record.prewarmed ?? false, latencyMs: Math.round(facts.latencyMs * 10) / 10, ...extra };
}
