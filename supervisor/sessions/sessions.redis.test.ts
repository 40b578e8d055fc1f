import { describe, expect, it } from 'vitest';
import { roomy } from '../../core/base/test-times.js';
import { startTestRedis } from '../../core/redis/test-redis.js';
import { type Desk, deskHouse, eventually, openDesk } from './test-desk.js';

const desks = deskHouse();
const open = (options: Parameters<typeof openDesk>[1] = {}): Promise<Desk> => desks.open(options);

describe('Sessions', () => {
  it('gives a warm agent at once and the same user the same session', async () => {
    const { sessions, redis, pool } = await open();
    const first = await sessions.begin({ userId: 'ann' });
    expect(first).toMatchObject({ status: 'ready', prewarmed: true, latencyMs: expect.any(Number) });
    expect(first).not.toHaveProperty('existing');
    expect((await sessions.get(first.sessionId)).session).toMatchObject({
      status: 'ready',
      agentId: 'agent-1',
      agentPid: 1_000,
      template: 'builtin',
      turns: 0,
      tier: 'free',
      prewarmed: true,
    });
    expect(await redis.hgetall(`t:session:${first.sessionId}`)).toMatchObject({ userId: 'ann', agentId: 'agent-1', status: 'ready', node: 'n1' });
    expect(await sessions.begin({ userId: 'ann' })).toMatchObject({ sessionId: first.sessionId, status: 'ready', existing: true });
    await eventually(() => expect(pool.view(0)).toMatchObject({ ready: 2, assigned: 1 }));
  });

  it('makes one session of many starts of one user at the same time and wastes no agent', async () => {
    const { sessions, pool } = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => sessions.begin({ userId: 'ann' })));
    expect(new Set(answers.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(answers.filter(({ existing }) => existing === true)).toHaveLength(19);
    expect(pool.view(0).assigned).toBe(1);
  });

  it('starts an agent on demand when the pool is empty and says so', async () => {
    const { sessions } = await open({ size: 0 });
    const answer = await sessions.begin({ userId: 'ann', template: 'other', tier: 'pro' });
    expect(answer).toMatchObject({ status: 'starting', prewarmed: false, taskId: expect.any(String), estimatedWaitMs: expect.any(Number) });
    await eventually(async () =>
      expect((await sessions.get(answer.sessionId)).session).toMatchObject({
        status: 'ready',
        prewarmed: false,
        template: 'other',
        tier: 'pro',
        startupMs: expect.any(Number),
      }),
    );
  });

  it('puts people in line past capacity and promotes them in order', async () => {
    const { sessions, redis } = await open({ capacity: 2 });
    const [ann, bob] = [await sessions.begin({ userId: 'ann' }), await sessions.begin({ userId: 'bob' })];
    const cid = await sessions.begin({ userId: 'cid' });
    const dan = await sessions.begin({ userId: 'dan' });
    expect(cid).toMatchObject({ status: 'waiting', position: 1, prewarmed: false });
    expect(dan).toMatchObject({ status: 'waiting', position: 2 });
    expect(await sessions.begin({ userId: 'dan' })).toMatchObject({ status: 'waiting', position: 2, existing: true });
    expect(await redis.lrange('t:session:waiting', 0, -1)).toEqual([cid.sessionId, dan.sessionId]);
    expect(sessions.counts()).toEqual({ starting: 0, active: 2, waiting: 2, capacity: 2 });
    await sessions.end(ann.sessionId);
    await eventually(async () => expect((await sessions.get(cid.sessionId)).session.status).toBe('ready'));
    expect(await sessions.begin({ userId: 'dan' })).toMatchObject({ position: 1 });
    await eventually(async () => expect(await redis.lrange('t:session:waiting', 0, -1)).toEqual([dan.sessionId]));
    await sessions.end(bob.sessionId);
    await eventually(async () => expect((await sessions.get(dan.sessionId)).session.status).toBe('ready'));
  });

  it('limits the starts of one user a minute and gives the agent back', async () => {
    const { sessions, pool } = await open({ startsPerMinute: 2 });
    for (let n = 0; n < 2; n++) await sessions.end((await sessions.begin({ userId: 'ann' })).sessionId);
    await eventually(() => expect(pool.view(0).ready).toBe(2));
    await expect(sessions.begin({ userId: 'ann' })).rejects.toMatchObject({ code: 'rate-limited', retryAfterMs: expect.any(Number) });
    await eventually(() => expect(pool.view(0)).toMatchObject({ ready: 2, assigned: 0 }));
    expect(await sessions.begin({ userId: 'bob' })).toMatchObject({ status: 'ready' });
  });

  it('names a template it does not know and an id it does not know', async () => {
    const { sessions } = await open();
    await expect(sessions.begin({ userId: 'ann', template: 'nope' })).rejects.toMatchObject({
      code: 'bad-request',
      field: 'template',
      message: expect.stringContaining('builtin, other'),
    });
    await expect(sessions.begin({ userId: 'ann', template: 'constructor' })).rejects.toMatchObject({ code: 'bad-request', field: 'template' });
    await expect(sessions.get('nope')).rejects.toMatchObject({ code: 'not-found' });
    await expect(sessions.end('nope')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('stops once, ends the agent, and the user starts anew', async () => {
    const { sessions, launcher, redis } = await open();
    const first = await sessions.begin({ userId: 'ann' });
    await Promise.all([sessions.end(first.sessionId), sessions.end(first.sessionId)]);
    expect(await sessions.end(first.sessionId)).toEqual({});
    expect(launcher.named('agent-1').exit).toMatchObject({ cause: 'deliberate' });
    expect((await sessions.get(first.sessionId)).session).toMatchObject({ status: 'ended', agentId: null });
    expect(await redis.exists('t:session:user:ann')).toBe(0);
    expect((await sessions.begin({ userId: 'ann' })).sessionId).not.toBe(first.sessionId);
  });

  it('replaces the agent of an idle session that died', async () => {
    const { sessions, launcher } = await open();
    const { sessionId } = await sessions.begin({ userId: 'ann' });
    launcher.named('agent-1').die('signal', 'killed');
    await eventually(async () => expect((await sessions.get(sessionId)).session).toMatchObject({ status: 'ready', agentId: 'agent-2' }));
  });

  it('stops replacing agents that die as soon as they are bound; the next start asks for one again', async () => {
    const { sessions, launcher } = await open();
    const { sessionId } = await sessions.begin({ userId: 'ann' });
    const agentOf = async () => (await sessions.get(sessionId)).session.agentId;
    for (let n = 1; n <= 4; n++) {
      await eventually(async () => expect(await agentOf()).toBe(`agent-${n}`));
      launcher.named(`agent-${n}`).die('signal', 'killed');
    }
    await eventually(async () => expect(await agentOf()).toBeNull());
    expect(await sessions.begin({ userId: 'ann' })).toMatchObject({ sessionId, existing: true });
    await eventually(async () => expect((await sessions.get(sessionId)).session).toMatchObject({ status: 'ready', agentId: 'agent-5' }));
  });

  it('says why when agents do not start and refuses new ones meanwhile', async () => {
    const { sessions, pool } = await open({ size: 0, onLaunch: (child) => queueMicrotask(() => child.die('crash', 'no such module')) });
    const { sessionId } = await sessions.begin({ userId: 'ann' });
    await eventually(async () =>
      expect((await sessions.get(sessionId)).session).toMatchObject({ status: 'error', error: expect.stringContaining('no such module') }),
    );
    await expect(sessions.begin({ userId: 'bob' })).rejects.toMatchObject({ code: 'circuit-open', retryAfterMs: expect.any(Number) });
    expect(pool.trouble('builtin')?.retryAfterMs).toBeGreaterThan(20_000);
  });

  it('restores sessions of an earlier run, the line in its order, and gives them agents when needed', async () => {
    const first = await open({ capacity: 1 });
    const ann = await first.sessions.begin({ userId: 'ann' });
    const bob = await first.sessions.begin({ userId: 'bob' });
    const cid = await first.sessions.begin({ userId: 'cid' });
    await desks.close(first);
    const second = await open({ capacity: 1 });
    expect((await second.sessions.get(ann.sessionId)).session).toMatchObject({ status: 'ready', agentId: null });
    expect(await second.sessions.begin({ userId: 'cid' })).toMatchObject({ sessionId: cid.sessionId, status: 'waiting', position: 2 });
    expect(await second.sessions.begin({ userId: 'ann' })).toMatchObject({ sessionId: ann.sessionId, existing: true });
    await eventually(async () => expect((await second.sessions.get(ann.sessionId)).session.agentId).toMatch(/^agent-/));
    const other = await open({ node: 'n2' });
    expect(other.sessions.views()).toEqual([]);
    expect((await other.sessions.get(bob.sessionId)).session.status).toBe('waiting');
    expect((await other.sessions.list({ page: 1, pageSize: 2 })).total).toBe(3);
  });

  it('tells who waits for a place when the session before is stale, not the usual lifetime of sessions', async () => {
    const { sessions } = await open({ capacity: 1, staleAfter: '20s' });
    await sessions.begin({ userId: 'ann' });
    const waiting = await sessions.begin({ userId: 'bob' });
    // Nothing has ended yet, so the usual lifetime would be two minutes; the broom comes every half second here.
    expect(waiting).toMatchObject({ status: 'waiting', position: 1 });
    expect(waiting.estimatedWaitMs).toBeGreaterThan(0);
    expect(waiting.estimatedWaitMs).toBeLessThanOrEqual(20_250);
  });

  it('cleans up sessions nobody uses, but none with a turn in line', async () => {
    const { sessions, turns } = await open({ staleAfter: '2s' });
    const idle = await sessions.begin({ userId: 'ann' });
    const used = await sessions.begin({ userId: 'bob' });
    await turns.create({ sessionId: used.sessionId, text: 'hi' });
    await eventually(async () =>
      expect((await sessions.get(idle.sessionId)).session).toMatchObject({ status: 'ended', error: expect.stringContaining('no turn') }),
    );
    expect((await sessions.get(used.sessionId)).session.status).toBe('ready');
  });

  it('answers redis-unavailable within two seconds while Redis is away, and keeps no agent', async () => {
    const own = await startTestRedis();
    const desk = await openDesk(own.address, {});
    await eventually(() => expect(desk.pool.view(0).ready).toBe(2));
    own.kill();
    await eventually(() => expect(desk.redis.status).not.toBe('ready'));
    const startedMs = performance.now();
    await expect(desk.sessions.begin({ userId: 'ann' })).rejects.toMatchObject({ code: 'redis-unavailable' });
    expect(performance.now() - startedMs).toBeLessThan(roomy(2_500));
    expect(desk.pool.view(0)).toMatchObject({ ready: 2, assigned: 0 });
    await desk.close();
    await own.stop();
  });
});
