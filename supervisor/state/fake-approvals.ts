import type { approvalMethods } from '../../contract/approval-methods.js';
import type { Approval } from '../../contract/approvals.js';
import type { AuditEntry } from '../../contract/audit.js';
import { RoostError } from '../../contract/errors.js';
import type { ProviderView } from '../../contract/providers.js';
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

export const fakeApproval: Approval = {
  id: 'a-1',
  kind: 'command',
  agentId: 'agent-1',
  template: 'claude',
  sessionId: 's-1',
  turnId: 't-1',
  title: 'npm run build',
  reason: 'npm is not in the list of safe programs',
  command: { argv: ['npm', 'run', 'build'], cwd: '/work', envNames: [], program: '/usr/bin/npm', sha256: 'b'.repeat(64) },
  detail: null,
  askedAtMs: 1_700_000_000_000,
  expiresAtMs: 1_700_000_300_000,
  status: 'pending',
  decidedBy: null,
  decidedAtMs: null,
};

export const fakeProvider: ProviderView = {
  name: 'ollama',
  model: 'llama3.2',
  state: 'up',
  untilMs: null,
  problem: null,
  inFlight: 1,
  ratePerMinute: 60,
  rateLeft: 58,
  today: { requests: 12, failures: 1, limited: 0, inputTokens: 4_000, outputTokens: 900, cost: 0.0123, estimated: false },
  lastMs: 840,
};

export const fakeApprovals: Pick<Handlers, keyof typeof approvalMethods> = {
  'approval.list': async () => ({ pending: [fakeApproval], recent: [], nowMs: 1_700_000_010_000 }),
  'approval.decide': async ({ id, decision }) => {
    if (id !== fakeApproval.id) throw new RoostError('not-found', `There is no approval ${id}.`, { field: 'id' });
    return { approval: { ...fakeApproval, status: decision === 'allow' ? 'allowed' : 'denied', decidedBy: 'cli', decidedAtMs: 1_700_000_020_000 } };
  },
  'files.list': async ({ turnId }) => ({
    writes: [{ id: `${turnId}.1`, turnId, agentId: 'agent-1', path: '/work/a.txt', atMs: 1_700_000_000_000, existed: true, bytes: 12, rolledBackAtMs: null }],
  }),
  'files.rollback': async () => ({ restored: ['/work/a.txt'], removed: [], skipped: [{ path: '/work/b.txt', why: 'it was changed since' }] }),
  'provider.list': async () => ({ providers: [fakeProvider], degraded: false }),
  'audit.list': async () => ({ entries: [fakeAuditEntry], total: 1, nextBeforeSeq: null }),
  'audit.verify': async () => ({ ok: true, entries: 1, firstSeq: 1, lastSeq: 1, broken: null }),
};
