import type { queueMethods } from '../../contract/queue-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handlers.js';

/** Serves what contract/queue-methods.ts names. */
export const queueHandlers = (_parts: HandlerParts): Pick<Handlers, keyof typeof queueMethods> => ({});
