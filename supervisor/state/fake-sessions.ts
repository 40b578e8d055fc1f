import { RoostError } from '../../contract/errors.js';
import type { sessionMethods } from '../../contract/session-methods.js';
import type { Handlers } from '../core.js';

/** Answers of the fake core about sessions and limits. */
export const fakeSessions: Pick<Handlers, keyof typeof sessionMethods> = {
  'session.token': async () => {
    throw new RoostError('livekit-not-configured', 'LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
  },
  'session.turns': async () => ({ turns: [], first: 0, total: 0 }),
  'quota.list': async ({ userId }) => ({
    quotas: [
      { userId: userId ?? 'alice', tier: 'free', limit: 50, used: 41, left: 9, resetsAt: 1_700_006_400_000, warning: '9 of 50 turns of today are left' },
    ],
    resetsAt: 1_700_006_400_000,
  }),
};
