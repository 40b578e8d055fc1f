import { describe, expect, test } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { actingAs } from '../../core/base/acting.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { type ApprovalRequest, Approvals, grantLifeMs, maxPendingPerAgent } from './approvals.js';
import type { AuditAct } from './audit-entry.js';

function setUp() {
  const clock = new ManualClock();
  const acts: AuditAct[] = [];
  let full = false;
  let nextId = 0;
  let written = Promise.resolve();
  const approvals = new Approvals({
    clock,
    newId: () => `a${++nextId}`,
    patienceMs: () => 5_000,
    audit: {
      record: async (act) => {
        if (full) throw new RoostError('audit-failed', 'full');
        acts.push(act);
        await written;
      },
    },
  });
  const abort = new AbortController();
  const ask = (more: Partial<ApprovalRequest> = {}) =>
    approvals.ask(
      {
        kind: 'command',
        agentId: 'agent-1',
        template: 't',
        sessionId: 's',
        turnId: 'u',
        title: 'npm test',
        reason: 'not listed',
        command: null,
        detail: null,
        fingerprint: 'f1',
        ...more,
      },
      abort.signal,
    );
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  /** The disk takes its time until the function is called. */
  const slowly = (): (() => void) => {
    let done: () => void = () => undefined;
    written = new Promise((resolve) => (done = resolve));
    return done;
  };
  return { clock, acts, approvals, ask, abort, settled, slowly, fill: (now: boolean) => (full = now) };
}

describe('a question', () => {
  test('allowed by a person: the permission works once, for the same thing, within a minute', async () => {
    const { approvals, ask, acts, settled, clock } = setUp();
    const answers = [ask(), ask(), ask()];
    await settled();
    expect(approvals.pending.map(({ id, expiresAtMs, askedAtMs }) => [id, expiresAtMs - askedAtMs])).toEqual([
      ['a1', 5_000],
      ['a2', 5_000],
      ['a3', 5_000],
    ]);
    for (const id of ['a1', 'a2', 'a3']) await actingAs('cli', () => approvals.decide(id, 'allow'));
    const [first, second, third] = await Promise.all(answers);
    if (!first?.allowed || !second?.allowed || !third?.allowed) throw new Error('not allowed');
    expect([first.grant.redeem('f1'), first.grant.redeem('f1')]).toEqual([true, false]);
    expect([second.grant.redeem('f2'), second.grant.redeem('f1')]).toEqual([false, false]);
    await clock.advance(grantLifeMs + 1);
    expect(third.grant.redeem('f1')).toBe(false);
    expect(approvals.recent[0]).toMatchObject({ id: 'a3', status: 'allowed', decidedBy: 'cli' });
    expect(acts.map(({ act }) => act)).toEqual(['approval.ask', 'approval.ask', 'approval.ask', 'approval.allow', 'approval.allow', 'approval.allow']);
  });

  test('denied, expired, withdrawn', async () => {
    const { approvals, ask, settled, clock, abort, acts } = setUp();
    const denied = ask();
    await settled();
    await approvals.decide('a1', 'deny');
    expect(await denied).toMatchObject({ allowed: false, status: 'denied' });
    const expired = ask();
    await settled();
    await clock.advance(5_000);
    expect(await expired).toMatchObject({ allowed: false, status: 'expired', why: 'nobody answered within 5 s' });
    const cancelled = ask();
    await settled();
    abort.abort();
    expect(await cancelled).toMatchObject({ allowed: false, status: 'cancelled' });
    expect(await ask()).toMatchObject({ allowed: false, status: 'cancelled' });
    expect(approvals.pending).toEqual([]);
    await settled();
    expect(acts.map(({ act }) => act).filter((act) => act !== 'approval.ask')).toEqual(['approval.deny', 'approval.expired', 'approval.cancelled']);
  });

  test('is shown once it is written down', async () => {
    const { approvals, ask, settled, slowly } = setUp();
    const told: string[] = [];
    approvals.onAsked(({ id }) => told.push(id));
    const done = slowly();
    const answer = ask();
    await settled();
    expect(approvals.pending).toEqual([]);
    await expect(approvals.decide('a1', 'allow')).rejects.toMatchObject({ code: 'not-found' });
    done();
    await settled();
    expect([approvals.pending.map(({ id }) => id), told]).toEqual([['a1'], ['a1']]);
    await approvals.decide('a1', 'deny');
    expect(await answer).toMatchObject({ status: 'denied' });
  });

  test('of a turn that ends while it is written down is over at once and never shown', async () => {
    const { approvals, ask, abort, settled, slowly, acts } = setUp();
    const told: string[] = [];
    approvals.onAsked(({ id }) => told.push(id));
    const done = slowly();
    const answer = ask();
    await settled();
    abort.abort();
    expect([approvals.pending, approvals.recent.map(({ status }) => status)]).toEqual([[], ['cancelled']]);
    await expect(approvals.decide('a1', 'allow')).rejects.toMatchObject({ code: 'conflict' });
    done();
    expect(await answer).toMatchObject({ allowed: false, status: 'cancelled' });
    expect([approvals.pending, told]).toEqual([[], []]);
    expect(acts.map(({ act }) => act)).toEqual(['approval.ask', 'approval.cancelled']);
  });

  test('is decided once', async () => {
    const { approvals, ask, settled } = setUp();
    const answer = ask();
    await settled();
    const outcomes = await Promise.allSettled([approvals.decide('a1', 'deny'), approvals.decide('a1', 'allow')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await answer).toMatchObject({ status: 'denied' });
    await expect(approvals.decide('a1', 'allow')).rejects.toMatchObject({ code: 'conflict', field: 'id' });
    await expect(approvals.decide('nobody', 'allow')).rejects.toMatchObject({ code: 'not-found' });
  });

  test(`an agent has at most ${maxPendingPerAgent} open; a flood is refused, others are not touched`, async () => {
    const { approvals, ask, settled, acts } = setUp();
    const flood = Array.from({ length: 1_000 }, () => ask());
    await settled();
    expect(approvals.pending).toHaveLength(maxPendingPerAgent);
    const other = ask({ agentId: 'agent-2' });
    await settled();
    expect(approvals.pending).toHaveLength(maxPendingPerAgent + 1);
    const refused = await Promise.all(flood.slice(maxPendingPerAgent));
    expect(refused.every((answer) => !answer.allowed && answer.status === 'denied')).toBe(true);
    expect(acts.filter(({ act }) => act === 'approval.refuse')).toHaveLength(1_000 - maxPendingPerAgent);
    for (const { id } of approvals.pending) await approvals.decide(id, 'deny');
    await other;
  });

  test('nothing is allowed while the audit log cannot be written', async () => {
    const { approvals, ask, settled, fill } = setUp();
    fill(true);
    await expect(ask()).rejects.toMatchObject({ code: 'audit-failed' });
    expect(approvals.pending).toEqual([]);
    fill(false);
    const answer = ask();
    await settled();
    fill(true);
    const { id } = approvals.pending[0] as { readonly id: string };
    await expect(approvals.decide(id, 'allow')).rejects.toMatchObject({ code: 'audit-failed' });
    expect(approvals.pending).toHaveLength(1);
    fill(false);
    await approvals.decide(id, 'allow');
    expect(await answer).toMatchObject({ allowed: true });
  });
});
