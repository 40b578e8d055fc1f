import type { sessionMethods } from '../../contract/session-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handlers.js';

/** Serves what contract/session-methods.ts names. */
export const sessionHandlers = (parts: HandlerParts): Pick<Handlers, keyof typeof sessionMethods> => ({
  'quota.list': async (params) => parts.desk().turns.quotaList(params),
});
