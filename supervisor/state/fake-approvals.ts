import type { approvalMethods } from '../../contract/approval-methods.js';
import type { AuditEntry } from '../../contract/audit.js';
import type { Handlers } from '../core.js';

/** For tests: what the methods of contract/approval-methods.ts answer when nothing is behind them. */

export const fakeAuditEntry: AuditEntry = {
  seq: 1,
  at: '2026-01-02T03:04:05.678Z',
  actor: 'cli',
  act: 'process.restart',
  target: 'worker',
  detail: {},
  prev: '0'.repeat(64),
  hash: 'a'.repeat(64),
};

export const fakeApprovals: Pick<Handlers, keyof typeof approvalMethods> = {
  'audit.list': async () => ({ entries: [fakeAuditEntry], total: 1, nextBeforeSeq: null }),
  'audit.verify': async () => ({ ok: true, entries: 1, firstSeq: 1, lastSeq: 1, broken: null }),
};
