/** Calls about approvals, rules and the audit log; part of the one table in methods.ts. */
export const approvalMethods = {} as const;
