import type { scheduleMethods } from '../../contract/schedule-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';
import { recurringHandlers } from './recurring-handlers.js';
import { reportHandlers } from './report-handlers.js';

/** Serves what contract/schedule-methods.ts names. */
export const scheduleHandlers = (parts: HandlerParts): Pick<Handlers, keyof typeof scheduleMethods> => ({
  ...recurringHandlers(parts),
  ...reportHandlers(parts),
  'watch.list': async () => ({ watches: parts.watches.views(), nowMs: parts.clock.wallMs() }),
});
