import { afterEach, beforeEach, expect, it } from 'vitest';
import { CliBench } from '../test-cli.js';

const bench = new CliBench();
beforeEach(() => bench.open());
afterEach(() => bench.close());
const roost = (...argv: string[]) => bench.run(argv);

const approval = {
  id: 'a-1',
  kind: 'command',
  agentId: 'agent-7',
  template: 'claude',
  sessionId: 's-1',
  turnId: 't-1',
  title: 'npm run build\u001b[2J',
  reason: 'npm is not in the list of safe programs',
  command: { argv: ['npm', 'run', 'a b'], cwd: '/work', envNames: ['NODE_ENV'], program: '/usr/bin/npm', sha256: 'b'.repeat(64) },
  detail: 'line one\nline two',
  askedAtMs: 0,
  expiresAtMs: 65_000,
  status: 'pending',
  decidedBy: null,
  decidedAtMs: null,
};
const entry = {
  seq: 4,
  at: '2026-01-02T03:04:05.000Z',
  actor: 'cli',
  act: 'pool.resize',
  target: 'pool',
  detail: { size: 5 },
  prev: '0'.repeat(64),
  hash: 'a'.repeat(64),
};

it('lists what waits, shows exactly what would run, decides', async () => {
  bench.answers({
    'GET /api/approvals': { success: true, pending: [approval], recent: [], nowMs: 5_000 },
    'POST /api/approvals/a-1': { success: true, approval: { ...approval, status: 'allowed', decidedBy: 'cli', decidedAtMs: 1 } },
  });
  const listed = await roost('approvals');
  expect(listed.out).toMatch(/a-1 +agent-7 +command +1 m 0 s +npm run build/);
  expect(listed.out).not.toContain('\u001b');
  const shown = await roost('approvals', 'show', 'a-1');
  expect(shown.out).toContain('command   "npm"\n          "run"\n          "a b"\n');
  expect(shown.out).toContain('sets      NODE_ENV');
  expect(shown.out).toContain('  line two');
  expect(await roost('approvals', 'allow', 'a-1')).toMatchObject({ code: 0, out: expect.stringContaining('allowed: npm run build') });
  expect([bench.seen.at(-1), bench.door]).toEqual([{ path: 'POST /api/approvals/a-1', body: '{"decision":"allow"}' }, 'cli']);
  expect((await roost('approvals', 'allow', 'a-2')).code).toBe(1);
  expect((await roost('approvals', 'show', 'a-9')).code).toBe(1);
  for (const words of [
    ['approvals', 'allow'],
    ['approvals', 'eat', 'a-1'],
    ['approvals', 'list', 'x'],
  ])
    expect((await roost(...words)).code).toBe(2);
});

it('says when nothing waits', async () => {
  bench.answers({ 'GET /api/approvals': { success: true, pending: [], recent: [], nowMs: 0 } });
  expect((await roost('approvals', 'list')).out).toBe('nothing waits for a person\n');
});

it('reads the audit log and says whether it is whole', async () => {
  bench.answers({
    'GET /api/audit?limit=50': { success: true, entries: [entry], total: 4, nextBeforeSeq: null },
    'GET /api/audit?limit=5&beforeSeq=4&act=pool': { success: true, entries: [], total: 4, nextBeforeSeq: null },
    'GET /api/audit/verify': { success: true, ok: true, entries: 4, firstSeq: 1, lastSeq: 4, broken: null },
  });
  expect((await roost('audit')).out).toMatch(/4 +2026-01-02 03:04:05 +cli +pool\.resize +pool +\{"size":5\}/);
  expect((await roost('audit', 'list', '-n', '5', '--before', '4', '--act', 'pool')).out).toBe('no entry\n');
  expect(await roost('audit', 'verify')).toMatchObject({ code: 0, out: 'whole: 4 entries, 1 to 4\n' });
  const broken = { seq: 3, file: 'audit.jsonl', line: 3, message: 'the entry was changed' };
  bench.answers({ 'GET /api/audit/verify': { success: true, ok: false, entries: 2, firstSeq: 1, lastSeq: 2, broken } });
  expect(await roost('audit', 'verify')).toMatchObject({ code: 1, out: 'broken at entry 3 (audit.jsonl, line 3): the entry was changed\n' });
});

it('lists the files of a turn, puts them back, and fails when some stay', async () => {
  const write = { id: 't.1', turnId: 't', agentId: 'agent-1', path: '/work/a.txt', atMs: 0, existed: true, bytes: 5, rolledBackAtMs: null };
  bench.answers({
    'GET /api/turns/t/files': { success: true, writes: [write] },
    'POST /api/turns/t/rollback': { success: true, restored: ['/work/a.txt'], removed: [], skipped: [{ path: '/work/b.txt', why: 'it was changed since' }] },
  });
  expect((await roost('files', 't')).out).toMatch(/changed +5 B +in place +\/work\/a\.txt/);
  expect(await roost('rollback', 't', '--force')).toMatchObject({ code: 1, out: 'put back  /work/a.txt\nleft      /work/b.txt: it was changed since\n' });
  expect([bench.seen.at(-1), bench.door]).toEqual([{ path: 'POST /api/turns/t/rollback', body: '{"force":true}' }, 'cli']);
});

it('lists providers with their use', async () => {
  const today = { requests: 3, failures: 1, limited: 0, inputTokens: 10, outputTokens: 2, cost: 0.5, estimated: true };
  const provider = {
    name: 'a',
    model: 'm',
    state: 'paused',
    untilMs: 1,
    problem: 'answered with status 500',
    inFlight: 0,
    ratePerMinute: null,
    rateLeft: null,
    today,
    lastMs: 20,
  };
  bench.answers({ 'GET /api/providers': { success: true, providers: [provider], degraded: true } });
  const { out } = await roost('providers');
  expect(out).toContain('none of them may be asked now');
  expect(out).toMatch(/a +m +paused +- +3 +1 +10 +2 +\$0\.5000 \(est\.\) +20 ms +answered with status 500/);
});
