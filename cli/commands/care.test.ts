import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliBench } from '../test-cli.js';
import { judgeBackups } from './doctor.js';

const bench = new CliBench();
const { replies, seen } = bench;
beforeEach(() => bench.open());
afterEach(() => bench.close());
const roost = (...argv: string[]) => bench.run(argv);

const held = (level: string, survivors: object[] = []) => ({
  body: { success: true, hold: { level, sinceMs: 0, queues: ['turns'], survivors, complete: true } },
});
const survivor = { kind: 'agent', name: 'agent-1', pid: 7, detail: 'still lives after SIGKILL' };

describe('hold', () => {
  it.each([
    [['hold'], 'hold'],
    [['hold', 'interrupt'], 'interrupt'],
    [['hold', 'kill'], 'kill'],
  ])('%j asks for that level', async (argv, level) => {
    replies['POST /api/hold'] = held(level);
    const { code, out } = await roost(...argv);
    expect(code).toBe(0);
    expect(out).toMatch(/^held: .*\n/);
    expect(seen).toEqual([{ path: 'POST /api/hold', body: JSON.stringify({ level }) }]);
  });

  it('names the survivors; after a kill they are a failure, after a plain hold they may go on', async () => {
    replies['POST /api/hold'] = held('kill', [survivor]);
    const killed = await roost('hold', 'kill');
    expect(killed.code).toBe(4);
    expect(killed.out).toMatch(/STILL THERE.*\nagent +agent-1 +7 +still lives/);
    replies['POST /api/hold'] = held('hold', [survivor]);
    expect((await roost('hold')).code).toBe(0);
  });

  it('refuses other levels, and release says what it did', async () => {
    expect((await roost('hold', 'please')).code).toBe(2);
    replies['POST /api/release'] = { body: { success: true, released: true, queues: ['turns', 'coach'] } };
    expect((await roost('release')).out).toBe('released: turns, coach resumed\n');
    replies['POST /api/release'] = { body: { success: true, released: false, queues: [] } };
    expect((await roost('release')).out).toBe('nothing was held\n');
  });
});

const incident = {
  id: 'i-1',
  status: 'resolved',
  openedAtMs: 1_700_000_000_000,
  beganAtMs: 1_699_999_969_000,
  detectedAtMs: 1_700_000_000_000,
  resolvedAtMs: 1_700_000_001_500,
  recoveryMs: 32_500,
  trigger: { process: 'redis', cause: 'signal', message: 'It was killed \u001b[31mby SIGKILL.' },
  processes: ['redis'],
  jobs: { inHand: 3, requeued: 2, setAside: 0 },
  restarts: 1,
  agentsReplaced: 0,
};

describe('incidents', () => {
  it('lists, and shows one with timeline and last lines, with nothing for the terminal in them', async () => {
    replies['GET /api/incidents?limit=20'] = { body: { success: true, incidents: [incident], total: 1 } };
    expect((await roost('incidents')).out).toMatch(/i-1 +2023-11-14 22:12:49 +32 s +redis +2 +1 +It was killed \[31mby SIGKILL/);
    const whole = {
      ...incident,
      evidence: [{ process: 'redis', exit: null, lines: ['bye\u0007'] }],
      timeline: [{ atMs: 1_700_000_000_000, kind: 'down', process: 'redis', message: 'It was killed.' }],
      dropped: 0,
    };
    replies['GET /api/incidents/i-1'] = { body: { success: true, incident: whole } };
    const { out } = await roost('incidents', 'show', 'i-1');
    expect(out).toContain('over after 32 s');
    expect(out).toContain('detected  22:13:20.000, 31 s after the last sign that all worked (22:12:49.000)\n');
    expect(out).toContain('22:13:20.000  down');
    expect(out).toContain('last lines of redis\n  bye\n');
    expect((await roost('incidents', 'show', 'no')).code).toBe(1);
    expect((await roost('incidents', 'what')).code).toBe(2);
  });
});

describe('backup and restore', () => {
  const one = { name: 'redis-x', path: '/d/backup/redis-x', atMs: 1_000_000, bytes: 2_048, reason: 'schedule', verifiedBy: 'redis-check-aof' };

  it('makes one, lists them with their age, restores by name or by path', async () => {
    replies['POST /api/backup'] = { body: { success: true, backup: one, tookMs: 5 } };
    expect((await roost('backup')).out).toBe('redis-x: 2.0 KB, verified by redis-check-aof, in /d/backup/redis-x\n');
    replies['GET /api/backups'] = { body: { success: true, everyMs: 1, items: [one], problem: null, nowMs: 1_061_000 } };
    expect((await roost('backup', 'list')).out).toMatch(/redis-x +1 m 1 s +2.0 KB/);
    replies['POST /api/restore'] = { body: { success: true, restored: '/d/backup/redis-x', setAside: '/d/backup/replaced', tookMs: 900 } };
    await roost('restore', 'redis-x');
    await roost('restore', './old/redis-x');
    expect((await roost('restore', '/d/backup/redis-x')).out).toContain('the data of before are in /d/backup/replaced');
    expect(seen.filter(({ path }) => path === 'POST /api/restore').map(({ body }) => JSON.parse(body).file)).toEqual([
      'redis-x',
      '/home/ada/work/old/redis-x',
      '/d/backup/redis-x',
    ]);
    expect((await roost('restore')).code).toBe(2);
  });

  const hour = 3_600_000;
  it.each([
    [{ items: [], problem: null }, 'note'],
    [{ items: [], problem: 'no room' }, 'problem'],
    [{ items: [{ ...one, atMs: 10 * hour }], problem: null }, 'ok'],
    [{ items: [{ ...one, atMs: 6 * hour }], problem: null }, 'problem'],
    [{ items: [{ ...one, atMs: 10 * hour }], problem: 'no room' }, 'problem'],
  ])('doctor on %j: %s', (backups, verdict) => {
    const judged = judgeBackups({ everyMs: hour, nowMs: 10.5 * hour, ...backups } as Parameters<typeof judgeBackups>[0]);
    expect(judged.verdict).toBe(verdict);
    expect(judged.advice === undefined).toBe(verdict === 'ok');
  });
});
