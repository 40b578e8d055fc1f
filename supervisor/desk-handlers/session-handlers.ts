import type { sessionMethods } from '../../contract/session-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handlers.js';

/** Serves what contract/session-methods.ts names. */
export const sessionHandlers = (_parts: HandlerParts): Pick<Handlers, keyof typeof sessionMethods> => ({});
