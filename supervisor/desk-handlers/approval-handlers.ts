import type { approvalMethods } from '../../contract/approval-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handlers.js';

/** Serves what contract/approval-methods.ts names. */
export const approvalHandlers = (parts: HandlerParts): Pick<Handlers, keyof typeof approvalMethods> => ({
  'audit.list': async (params) => parts.audit.list(params),
  'audit.verify': async () => parts.audit.verify(),
});
