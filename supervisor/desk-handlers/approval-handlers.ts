import type { approvalMethods } from '../../contract/approval-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';

/** Serves what contract/approval-methods.ts names. */
export const approvalHandlers = ({ audit, approvals, journal, providers, clock }: HandlerParts): Pick<Handlers, keyof typeof approvalMethods> => ({
  'approval.list': async () => ({ pending: [...approvals.pending], recent: [...approvals.recent], nowMs: clock.wallMs() }),
  'approval.decide': async ({ id, decision }) => ({ approval: await approvals.decide(id, decision) }),
  'files.list': async ({ turnId }) => ({ writes: [...(await journal.list(turnId))] }),
  'files.rollback': async ({ turnId, force }) => {
    await audit.record({ act: 'files.rollback', target: turnId, detail: { force } });
    return journal.rollBack(turnId, force);
  },
  'provider.list': async () => {
    const { views } = providers;
    return { providers: [...views], degraded: views.length > 0 && views.every(({ state }) => state !== 'up') };
  },
  'audit.list': async (params) => audit.list(params),
  'audit.verify': async () => audit.verify(),
});
