import { type Route, route, slowMs } from '../route.js';

/** REST of approvals, rules and the audit log. */
export const approvalRoutes: readonly Route[] = [
  route('GET', '/api/approvals', 'approval.list', 'what agents wait for a person to allow, and the last decisions'),
  route('POST', '/api/approvals/:id', 'approval.decide', 'allows or denies one of them, once', { pathFields: { id: 'id' } }),
  route('GET', '/api/turns/:id/files', 'files.list', 'the files an agent wrote in a turn', { pathFields: { id: 'turnId' } }),
  route('POST', '/api/turns/:id/rollback', 'files.rollback', 'puts the files of a turn back as they were before it', {
    pathFields: { id: 'turnId' },
    extraMs: 20_000,
  }),
  route('GET', '/api/providers', 'provider.list', 'model providers with state, rate and use of today'),
  route('GET', '/api/audit', 'audit.list', 'who did what, the newest first', { numbers: ['limit', 'beforeSeq'] }),
  route('GET', '/api/audit/verify', 'audit.verify', 'reads the whole chain and names the first entry that does not fit', { extraMs: slowMs }),
];
