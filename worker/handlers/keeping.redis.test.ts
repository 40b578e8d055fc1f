import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnalyticsRollupData, GovernanceData, MemoryCleanupData } from '../../contract/handler-data.js';
import { type MethodName, methods } from '../../contract/methods.js';
import { type Clock, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import type { HandlerTools } from '../../core/jobs/handler.js';
import { ReportStore } from '../../core/jobs/report-store.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { endedSessionSeconds } from '../../core/sessions/session-store.js';
import { handlers } from './index.js';
import { testJob, testTools } from './test-handler.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const keys = keysFor('test');
const nowMs = Math.floor(Date.now() / dayMs) * dayMs + 12 * hourMs;
const clock: Clock = { ...systemClock, wallMs: () => nowMs };
let server: TestRedis;
let redis: Redis;
let dataDir: string;
const asked: { method: string; params: unknown }[] = [];
let answers: Record<string, unknown> = {};
const tools = (): HandlerTools =>
  testTools({
    redis,
    clock,
    dataDir,
    ask: async (method, params) => {
      asked.push({ method, params });
      // As the supervisor would read it.
      methods[method as MethodName].params.parse(params);
      if (method in answers) return answers[method];
      throw new Error(`no ${method}`);
    },
  });
const run = <Data>(name: string, data: Record<string, unknown> = {}, id = 'j1') =>
  handlers[name]?.(testJob<Data>(name, data, { id }), tools()) as Promise<{ reportId: string; summary: string; figures: Record<string, number> }>;
const reportOf = async (id: string) => (await new ReportStore(redis, keys).get(id))?.markdown ?? '';

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, redis, 30_000);
  dataDir = mkdtempSync(join(tmpdir(), 'roost-keeping-'));
});
beforeEach(async () => {
  await redis.flushall();
  asked.splice(0);
  answers = {};
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Made {
  readonly session: string;
  readonly endedHoursAgo: number | null;
  readonly turns: readonly {
    readonly id: string;
    readonly hoursAgo: number;
    readonly arm?: string;
    readonly status?: string;
    readonly tookMs?: number;
    readonly reward?: number;
  }[];
  readonly user?: string;
}
async function make({ session, endedHoursAgo, turns, user = 'ada' }: Made): Promise<void> {
  await redis.hset(keys.session(session), { id: session, userId: user, template: 'builtin', status: endedHoursAgo === null ? 'ready' : 'ended' });
  if (endedHoursAgo !== null) await redis.pexpire(keys.session(session), endedSessionSeconds * 1_000 - endedHoursAgo * hourMs);
  for (const turn of turns) {
    const createdAt = nowMs - turn.hoursAgo * hourMs;
    const status = turn.status ?? 'done';
    await redis.hset(keys.turn(turn.id), {
      id: turn.id,
      sessionId: session,
      status,
      prompt: 'x',
      arm: turn.arm ?? 'npc',
      createdAt,
      ...(turn.reward === undefined ? {} : { reward: turn.reward }),
    });
    if (status !== 'running') await redis.hset(keys.turn(turn.id), 'endedAt', createdAt + (turn.tookMs ?? 100));
    await redis.rpush(keys.sessionTurns(session), turn.id);
  }
}
const exists = async (...names: string[]): Promise<boolean[]> => Promise.all(names.map(async (name) => (await redis.exists(name)) === 1));

describe('memory cleanup', () => {
  beforeEach(async () => {
    answers = { 'pool.get': { slots: [{ agentId: 'agent-7' }] } };
    await make({ session: 'old', endedHoursAgo: 100, turns: [{ id: 'o1', hoursAgo: 101 }] });
    await make({ session: 'fresh', endedHoursAgo: 2, turns: [{ id: 'f1', hoursAgo: 3 }] });
    await make({
      session: 'open',
      endedHoursAgo: null,
      turns: [
        { id: 'p1', hoursAgo: 300 },
        { id: 'p2', hoursAgo: 300, status: 'running' },
      ],
    });
    await make({ session: 'uncounted', endedHoursAgo: 30, turns: [{ id: 'u1', hoursAgo: 31 }] });
    await redis.hset('test:turn:orphan', { id: 'orphan', sessionId: 'gone', status: 'done', createdAt: nowMs - 200 * hourMs, endedAt: nowMs - 200 * hourMs });
    await redis.set('test:turning', 'a name that only looks like ours');
    await redis.set('other:session:old', 'of somebody else');
  });

  it('removes what has ended and is old, keeps the rest, and says what it freed', async () => {
    const { summary, reportId } = await run<MemoryCleanupData>('memory-cleanup');
    expect(await exists('test:session:old', 'test:session:old:turns', 'test:turn:o1', 'test:turn:orphan')).toEqual([false, false, false, false]);
    expect(
      await exists('test:session:fresh', 'test:turn:f1', 'test:session:open', 'test:turn:p1', 'test:turn:p2', 'test:turning', 'other:session:old'),
    ).not.toContain(false);
    expect(summary).toMatch(/^Freed 3 things/);
    expect(await reportOf(reportId)).toContain('| ended sessions | 1 |');
  });

  it('keeps a turn until its day is in the analytics', async () => {
    await run<MemoryCleanupData>('memory-cleanup');
    expect(await exists('test:session:uncounted', 'test:turn:u1')).toEqual([true, true]);
    await run<AnalyticsRollupData>('analytics-rollup', { day: new Date(nowMs - 31 * hourMs).toISOString().slice(0, 10) });
    await run<MemoryCleanupData>('memory-cleanup');
    expect(await exists('test:session:uncounted', 'test:turn:u1')).toEqual([false, false]);
  });

  it('only counts in a dry run', async () => {
    const before = await redis.dbsize();
    expect((await run<MemoryCleanupData>('memory-cleanup', { dry_run: true })).summary).toMatch(/^Would free 3 things/);
    expect((await redis.dbsize()) - before).toBe(3);
  });

  it('clears the history of jobs of every queue, by age', async () => {
    const queue = new Queue('analysis', { connection: redis, prefix: keys.bull });
    await queue.waitUntilReady();
    await queue.add('x', {});
    for (const [id, days] of [
      ['d1', 1],
      ['d9', 9],
    ] as const) {
      await redis.hset(`${keys.bull}:analysis:${id}`, { name: 'x', data: '{}', timestamp: 1, finishedOn: Date.now() - days * dayMs });
      await redis.zadd(`${keys.bull}:analysis:completed`, Date.now() - days * dayMs, id);
    }
    await run<MemoryCleanupData>('memory-cleanup');
    expect(await redis.zrange(`${keys.bull}:analysis:completed`, 0, '-1')).toEqual(['d1']);
    expect(await queue.getWaitingCount()).toBe(1);
    await queue.close();
  });

  it('removes old workspaces of agents that are gone, never one in use, a foreign one or what a link points to', async () => {
    const place = join(dataDir, 'workspaces');
    const outside = join(dataDir, 'outside');
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, 'keep.txt'), 'x');
    for (const name of ['agent-1', 'agent-5', 'agent-7', 'agent-9', 'mine']) {
      mkdirSync(join(place, name), { recursive: true });
      writeFileSync(join(place, name, 'file'), 'x');
    }
    const { symlinkSync, lutimesSync } = await import('node:fs');
    symlinkSync(outside, join(place, 'agent-1', 'link'));
    const old = (nowMs - 100 * hourMs) / 1_000;
    lutimesSync(join(place, 'agent-1', 'link'), old, old);
    // Its agent is gone, its session is not.
    await redis.hset(keys.session('s-5'), { id: 's-5', folder: 'agent-5' });
    await redis.zadd(keys.sessionIndex, 1, 's-5');
    for (const name of ['agent-1', 'agent-5', 'agent-7', 'mine']) {
      utimesSync(join(place, name, 'file'), old, old);
      utimesSync(join(place, name), old, old);
    }
    await run<MemoryCleanupData>('memory-cleanup');
    expect(readdirSync(place).sort()).toEqual(['agent-5', 'agent-7', 'agent-9', 'mine']);
    expect(readdirSync(outside)).toEqual(['keep.txt']);
  });
});

describe('analytics roll-up', () => {
  it('counts a day by arm and user, is the same when it runs again, and survives a cleanup', async () => {
    const day = new Date(nowMs - dayMs).toISOString().slice(0, 10);
    await make({
      session: 's1',
      endedHoursAgo: null,
      turns: [1, 2, 3, 4].map((n) => ({ id: `t${n}`, hoursAgo: 20 + n, arm: n < 3 ? 'npc' : 'tools', tookMs: n * 100, reward: n / 10 })),
    });
    await make({
      session: 's2',
      endedHoursAgo: null,
      user: 'bob',
      turns: [
        { id: 't5', hoursAgo: 20, status: 'failed' },
        { id: 't6', hoursAgo: 1 },
        { id: 't7', hoursAgo: 20, status: 'running' },
      ],
    });
    const first = await run<AnalyticsRollupData>('analytics-rollup');
    expect(first.figures).toMatchObject({ turns: 5, users: 2, failed: 1, 'p95 ms': 400, 'mean reward': 0.25 });
    const stored = JSON.parse((await redis.get(keys.analyticsDay(day))) ?? '') as Record<string, unknown>;
    expect(stored).toMatchObject({
      day,
      byArm: { npc: { turns: 3, done: 2, p50Ms: 100 }, tools: { turns: 2, p99Ms: 400 } },
      leaders: [
        { user: 'ada', turns: 4 },
        { user: 'bob', turns: 1 },
      ],
    });
    expect(await reportOf(first.reportId)).toContain('| ada | 4 |');
    await redis.unlink(keys.turn('t1'));
    expect((await run<AnalyticsRollupData>('analytics-rollup')).figures).toMatchObject({ turns: 5 });
    expect(await redis.zrange(keys.analyticsDays, 0, '-1')).toEqual([day]);
  });

  it('does not settle a day that is not over, and refuses one that has not come', async () => {
    await run<AnalyticsRollupData>('analytics-rollup', { day: new Date(nowMs).toISOString().slice(0, 10) });
    expect(await redis.zcard(keys.analyticsDays)).toBe(0);
    await expect(run<AnalyticsRollupData>('analytics-rollup', { day: '2999-01-01' })).rejects.toThrow(/has not come/);
    await expect(run<AnalyticsRollupData>('analytics-rollup', { day: '2026-13-45' })).rejects.toThrow();
  });
});

describe('governance', () => {
  const arm = (name: string, average: number) => ({
    arm: name,
    frozen: false,
    retired: false,
    weight: 1,
    settled: 500,
    average,
    lastRewardAt: nowMs,
    share: 0.3,
  });
  beforeEach(() => {
    answers = {
      'coordinator.get': { policy: 'thompson', phase: 'learned', arms: [arm('npc', 0.7), arm('tools', 0.6), arm('knowledge', 0.4)] },
      'coordinator.verdicts': { verdicts: [{ arm: 'knowledge', state: 'underperforming', text: 'knowledge is worse than npc by 0.2 to 0.4' }] },
      'pool.get': { template: 'builtin', stats: { spawned: 20, died: 5, failedStarts: 1 } },
      'coordinator.freeze': {},
    };
  });
  const acts = () => asked.filter(({ method }) => !method.endsWith('.get') && method !== 'coordinator.verdicts');

  it('only reports without auto_actions', async () => {
    const { summary, reportId } = await run<GovernanceData>('governance');
    expect(acts()).toEqual([]);
    expect(summary).toBe('2 findings; 1 act proposed, none done.');
    expect(await reportOf(reportId)).toContain('would freeze knowledge');
    expect(await reportOf(reportId)).toContain('25 % of 20 agents died');
  });

  it('acts with it, with the reason in the report', async () => {
    const { reportId } = await run<GovernanceData>('governance', { auto_actions: true });
    expect(acts()).toEqual([{ method: 'coordinator.freeze', params: { arm: 'knowledge', by: 'roost' } }]);
    expect(await reportOf(reportId)).toContain('knowledge is worse than npc by 0.2 to 0.4');
  });

  it('tells an act that was refused, and goes on', async () => {
    delete answers['coordinator.freeze'];
    expect(await reportOf((await run<GovernanceData>('governance', { auto_actions: true })).reportId)).toContain('could not freeze knowledge');
  });
});
