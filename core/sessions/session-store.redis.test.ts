import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../base/log.js';
import { connect, type Redis } from '../redis/connection.js';
import { keysFor } from '../redis/keys.js';
import { startTestRedis } from '../redis/test-redis.js';
import { type SessionRecord, SessionStore } from './session-store.js';

let server: Awaited<ReturnType<typeof startTestRedis>>;
let redis: Redis;
let store: SessionStore;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  store = new SessionStore(redis, keysFor('t'));
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());

const rate = { limit: 3, windowMs: 60_000, nowMs: 1_000_000 };
const session = (id: string, over: Partial<SessionRecord> = {}): SessionRecord => ({
  id,
  userId: `u-${id}`,
  status: 'ready',
  agentId: 'agent-1',
  agentPid: 42,
  template: 'builtin',
  tier: 'free',
  createdAt: 1_000,
  startupMs: 3,
  prewarmed: true,
  lastTurnAt: null,
  turns: 0,
  node: 'n1',
  folder: 'agent-1',
  conversation: null,
  ...over,
});

describe('SessionStore', () => {
  it('keeps a session with the keys an operator reads', async () => {
    expect(await store.admit(session('a'), rate)).toEqual({ kind: 'created' });
    expect(await store.get('a')).toEqual(session('a'));
    expect(await store.byUser('u-a')).toEqual(session('a'));
    expect(await redis.smembers('t:session:ready')).toEqual(['a']);
    expect(await redis.get('t:session:user:u-a')).toBe('a');
    expect(await redis.hget('t:session:a', 'status')).toBe('ready');
    expect(await store.get('nobody')).toBeUndefined();
  });

  it('gives the same user the session that has not ended, also to a hundred at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => store.admit(session(`s${n}`, { userId: 'u' }), { ...rate, limit: 1 })));
    expect(answers.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(answers.every((answer) => answer.kind === 'created' || (answer.kind === 'existing' && answer.session.id === 's0'))).toBe(true);
    expect(await redis.zcard('t:session:index')).toBe(1);
  });

  it('moves a session between the sets and the line with its status', async () => {
    await store.admit(session('a', { status: 'waiting', agentId: null, agentPid: null, prewarmed: null, startupMs: null }), rate);
    await store.admit(session('b', { status: 'waiting' }), rate);
    expect(await store.waiting()).toEqual(['a', 'b']);
    expect(await store.patch('a', { status: 'starting' })).toBe(true);
    expect(await store.get('a')).toMatchObject({ status: 'starting', agentId: null });
    expect(await store.waiting()).toEqual(['b']);
    expect(await redis.smembers('t:session:starting')).toEqual(['a']);
    await store.patch('a', { status: 'ready', agentId: 'agent-7', agentPid: 7, startupMs: 12, prewarmed: false });
    expect(await redis.smembers('t:session:starting')).toEqual([]);
    expect(await redis.smembers('t:session:ready')).toEqual(['a']);
    await store.patch('a', { status: 'error', error: 'no agent' });
    expect(await store.get('a')).toMatchObject({ error: 'no agent', agentId: 'agent-7' });
    await store.patch('a', { status: 'busy', error: null, agentId: null });
    expect(await store.get('a')).not.toHaveProperty('error');
    expect(await redis.smembers('t:session:ready')).toEqual([]);
    expect(await store.patch('nobody', { status: 'ready' })).toBe(false);
    expect(await redis.exists('t:session:nobody')).toBe(0);
  });

  it('ends once and for all, and lets the user start again', async () => {
    await store.admit(session('a', { userId: 'u' }), rate);
    expect(await store.end('a', 'u', 'stale')).toBe(true);
    expect(await store.end('a', 'u')).toBe(false);
    expect(await store.patch('a', { status: 'ready' })).toBe(false);
    expect(await store.get('a')).toMatchObject({ status: 'ended', agentId: null, error: 'stale' });
    expect(await redis.ttl('t:session:a')).toBeGreaterThan(86_400);
    expect(await redis.smembers('t:session:ready')).toEqual([]);
    expect(await redis.zcard('t:session:index')).toBe(0);
    expect(await store.byUser('u')).toBeUndefined();
    expect(await store.admit(session('b', { userId: 'u' }), rate)).toEqual({ kind: 'created' });
    // The end of the old one must not take the user away from the new one.
    await store.end('a', 'u');
    expect((await store.byUser('u'))?.id).toBe('b');
  });

  it('admits no more than the limit in any window, whatever the clock does', async () => {
    const start = async (n: number, nowMs: number) => {
      const answer = await store.admit(session(`s${n}`, { userId: 'u' }), { ...rate, nowMs });
      if (answer.kind === 'created') await store.end(`s${n}`, 'u');
      return answer;
    };
    expect((await start(1, 1_000_000)).kind).toBe('created');
    expect((await start(2, 1_010_000)).kind).toBe('created');
    expect((await start(3, 1_020_000)).kind).toBe('created');
    expect(await start(4, 1_059_999)).toEqual({ kind: 'rate-limited', retryAfterMs: 1 });
    expect(await start(5, 10)).toEqual({ kind: 'rate-limited', retryAfterMs: 40_000 });
    expect((await start(6, 1_060_000)).kind).toBe('created');
    expect(await start(7, 1_060_001)).toEqual({ kind: 'rate-limited', retryAfterMs: 9_999 });
    expect((await store.admit(session('other'), rate)).kind).toBe('created');
    expect(await redis.exists('t:session:s4')).toBe(0);
  });

  it('keeps to the limit in every window for every user by himself, over restarts and clocks that jump (T1 to T5)', async () => {
    const step = fc.record({ user: fc.integer({ min: 0, max: 2 }), byMs: fc.integer({ min: -90_000, max: 45_000 }), restart: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await redis.flushall();
        let nowMs = 5_000_000;
        let serving = store;
        const admitted: number[][] = [[], [], []];
        const told = { created: 0, limited: 0 };
        for (const [n, { user, byMs, restart }] of steps.entries()) {
          // Nothing of the limit lives in the process.
          if (restart) serving = new SessionStore(redis, keysFor('t'));
          nowMs = Math.max(1, nowMs + byMs);
          const own = admitted[user] as number[];
          // A clock that was set back neither opens the window nor closes it for longer.
          const seenMs = Math.max(nowMs, own.at(-1) ?? nowMs);
          const inWindow = own.filter((atMs) => seenMs - atMs < rate.windowMs);
          const ask = (id: string, atMs: number) => serving.admit(session(id, { userId: `user-${user}` }), { ...rate, nowMs: atMs });
          const answer = await ask(`s${n}`, nowMs);
          if (inWindow.length < rate.limit) {
            expect(answer).toEqual({ kind: 'created' });
            told.created += 1;
            own.push(seenMs);
            await serving.end(`s${n}`, `user-${user}`);
          } else {
            const waitMs = (inWindow[0] as number) + rate.windowMs - seenMs;
            expect(answer).toEqual({ kind: 'rate-limited', retryAfterMs: waitMs });
            told.limited += 1;
            // Whoever comes back when they were told to gets in; a moment earlier they do not.
            expect((await ask(`early${n}`, seenMs + waitMs - 1)).kind).toBe('rate-limited');
            nowMs = seenMs + waitMs;
            expect((await ask(`s${n}`, nowMs)).kind).toBe('created');
            own.push(nowMs);
            await serving.end(`s${n}`, `user-${user}`);
          }
        }
        expect(told.created + told.limited).toBe(steps.length);
        for (const times of admitted)
          for (const atMs of times) expect(times.filter((one) => one <= atMs && atMs - one < rate.windowMs).length).toBeLessThanOrEqual(rate.limit);
        // A user who is gone takes no memory with him.
        for (const [user, times] of admitted.entries()) {
          const key = keysFor('t').rateStarts(`user-${user}`);
          expect(await redis.llen(key)).toBe(Math.min(times.length, rate.limit));
          if (times.length > 0) expect(await redis.pttl(key)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lists pages newest first, by status too, and reads all page by page', async () => {
    for (let n = 0; n < 7; n++) await store.admit(session(`s${n}`, { createdAt: n, status: n % 2 === 0 ? 'ready' : 'starting' }), rate);
    const second = await store.list({ page: 2, pageSize: 3 });
    expect(second.total).toBe(7);
    expect(second.sessions.map(({ id }) => id)).toEqual(['s3', 's2', 's1']);
    const starting = await store.list({ page: 1, pageSize: 2, status: 'starting' });
    expect(starting).toMatchObject({ total: 3, sessions: [{ id: 's5' }, { id: 's3' }] });
    expect((await store.list({ page: 9, pageSize: 3 })).sessions).toEqual([]);
    const all: string[] = [];
    for await (const page of store.all()) all.push(...page.map(({ id }) => id));
    expect(all).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
  });

  it('does not let a damaged record lock its user out', async () => {
    await store.admit(session('a', { userId: 'u' }), rate);
    await redis.hset('t:session:a', 'createdAt', 'yesterday');
    expect(await store.get('a')).toBeUndefined();
    expect(await store.admit(session('b', { userId: 'u' }), rate)).toEqual({ kind: 'created' });
    expect((await store.byUser('u'))?.id).toBe('b');
  });
});
