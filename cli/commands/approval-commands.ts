import type { Command } from '../context.js';
import { audit } from './audit.js';

/** Commands about approvals, rules and the audit log. */
export const approvalCommands: readonly Command[] = [audit];
