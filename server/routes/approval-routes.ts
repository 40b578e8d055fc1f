import type { Route } from '../route.js';

/** REST of approvals, rules and the audit log. */
export const approvalRoutes: readonly Route[] = [];
