import type { Command } from '../context.js';

/** Commands about approvals, rules and the audit log. */
export const approvalCommands: readonly Command[] = [];
