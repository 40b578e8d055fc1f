import { type Route, route, slowMs } from '../route.js';

/** REST of approvals, rules and the audit log. */
export const approvalRoutes: readonly Route[] = [
  route('GET', '/api/audit', 'audit.list', 'who did what, the newest first', { numbers: ['limit', 'beforeSeq'] }),
  route('GET', '/api/audit/verify', 'audit.verify', 'reads the whole chain and names the first entry that does not fit', { extraMs: slowMs }),
];
