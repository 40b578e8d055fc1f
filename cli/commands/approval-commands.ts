import type { Command } from '../context.js';
import { approvals } from './approvals.js';
import { audit } from './audit.js';
import { providers } from './providers.js';
import { files, rollback } from './turn-files.js';

/** Commands about approvals, rules and the audit log. */
export const approvalCommands: readonly Command[] = [approvals, files, rollback, audit, providers];
