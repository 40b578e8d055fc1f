import { RoostError } from '../../contract/errors.js';
import type { sessionMethods } from '../../contract/session-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';

/** Serves what contract/session-methods.ts names. */
export const sessionHandlers = (parts: HandlerParts): Pick<Handlers, keyof typeof sessionMethods> => ({
  'session.token': async ({ sessionId, room, identity, ttlMs }) => {
    if ((sessionId === undefined) === (room === undefined))
      throw new RoostError('bad-request', `give either sessionId or room, got ${sessionId === undefined ? 'neither' : 'both'}`, { field: 'sessionId' });
    parts.liveKit.requireConfigured();
    return parts.liveKit.token({ room: room ?? (await roomOf(parts, sessionId as string)), identity, ttlMs });
  },
  'session.turns': async (params) => {
    const { sessions, archive } = parts.desk();
    await sessions.get(params.id);
    return archive.page(params);
  },
  'quota.list': async (params) => parts.desk().turns.quotaList(params),
});

/** The room its voice agent waits in; a session whose agent speaks a protocol has one by its own name. */
async function roomOf(parts: HandlerParts, sessionId: string): Promise<string> {
  const { session } = await parts.desk().sessions.get(sessionId);
  if (session.status === 'ended') throw new RoostError('conflict', `Session ${sessionId} has ended; start a new one.`, { field: 'sessionId' });
  if (!parts.isVoice(session.template)) return `roost-${sessionId}`;
  if (session.room !== undefined) return session.room;
  throw new RoostError('conflict', `Session ${sessionId} has no agent yet (${session.status}), so it has no room; ask again when it is ready.`, {
    field: 'sessionId',
    retryAfterMs: session.estimatedWaitMs ?? 1_000,
  });
}
