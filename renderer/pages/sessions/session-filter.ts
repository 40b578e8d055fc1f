import type { SessionView } from '../../../contract/state.js';

export const sessionFilters = ['open', 'ended', 'all'] as const;
export type SessionFilter = (typeof sessionFilters)[number];

/** Newest activity first. */
export function matchingSessions(sessions: readonly SessionView[], filter: SessionFilter, query: string): readonly SessionView[] {
  const wanted = query.trim().toLowerCase();
  return sessions
    .filter((session) => filter === 'all' || (session.status === 'ended') === (filter === 'ended'))
    .filter(
      (session) =>
        wanted === '' ||
        [session.userId, session.id, session.agentId ?? '', session.template, session.status].some((text) => text.toLowerCase().includes(wanted)),
    )
    .sort((left, right) => (right.lastTurnAt ?? right.createdAt) - (left.lastTurnAt ?? left.createdAt) || left.id.localeCompare(right.id));
}
