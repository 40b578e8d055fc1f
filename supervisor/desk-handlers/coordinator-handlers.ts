import type { coordinatorMethods } from '../../contract/coordinator-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handlers.js';

/** Serves what contract/coordinator-methods.ts names. */
export const coordinatorHandlers = (_parts: HandlerParts): Pick<Handlers, keyof typeof coordinatorMethods> => ({});
