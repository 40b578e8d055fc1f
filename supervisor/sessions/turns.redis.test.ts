import { describe, expect, it } from 'vitest';
import type { TurnView } from '../../contract/state.js';
import { type Desk, deliverRequest, deskHouse, eventually, type openDesk, says } from './test-desk.js';

const desks = deskHouse();
const open = async (options: Parameters<typeof openDesk>[1] = {}): Promise<Desk & { sessionId: string }> => {
  const desk = await desks.open(options);
  return { ...desk, sessionId: (await desk.sessions.begin({ userId: 'ann' })).sessionId };
};

describe('Turns', () => {
  it('accepts turns in order and adds a job for the head of the line only', async () => {
    const { turns, queue, sessionId, sessions } = await open();
    const first = await turns.create({ sessionId, text: 'one', intent: 'chat', priority: 3 });
    const second = await turns.create({ sessionId, text: 'two' });
    expect(first).toMatchObject({ status: 'queued', position: 1, estimatedWaitMs: 0 });
    expect(second).toMatchObject({ position: 2, estimatedWaitMs: expect.any(Number) });
    expect(second.estimatedWaitMs).toBeGreaterThan(0);
    expect([...queue.jobs.keys()]).toEqual([first.turnId]);
    expect((await turns.get(first.turnId)).turn).toMatchObject({ prompt: 'one', intent: 'chat', status: 'queued' });
    expect((await sessions.get(sessionId)).session).toMatchObject({ turns: 2, lastTurnAt: expect.any(Number) });
    await expect(turns.get('nope')).rejects.toMatchObject({ code: 'not-found' });
    await sessions.end(sessionId);
    await expect(turns.create({ sessionId, text: 'x' })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('lands softly: tells what is left, then refuses with what is left and when there is more', async () => {
    const { turns, sessionId, sessions } = await open({ tiers: { free: { turnsPerDay: 5 } } });
    for (let n = 1; n <= 3; n++) expect((await turns.create({ sessionId, text: 'a' })).quota).toMatchObject({ used: n, left: 5 - n, warning: null });
    expect((await turns.create({ sessionId, text: 'a' })).quota?.warning).toContain('1 of 5 turns of today is left');
    await turns.create({ sessionId, text: 'a' });
    await expect(turns.create({ sessionId, text: 'a' })).rejects.toMatchObject({
      code: 'quota-exceeded',
      message: expect.stringContaining('All 5 turns of today are used (tier free)'),
      details: { tier: 'free', limit: 5, used: 5, left: 0, resetsAt: expect.any(Number) },
    });
    expect((await turns.quotaList({ limit: 10 })).quotas).toMatchObject([{ userId: 'ann', used: 5, left: 0 }]);
    // Another tier, the same session: at once.
    expect(await sessions.begin({ userId: 'ann', tier: 'basic' })).toMatchObject({ existing: true });
    expect((await turns.create({ sessionId, text: 'a' })).quota).toMatchObject({ tier: 'basic', used: 6, left: 494 });
    expect((await sessions.conversation({ id: sessionId, version: 0, waitMs: 0 })).quota).toMatchObject({ used: 6 });
  });

  it('keeps the line of a user who asks too much short, and others are served beside it', async () => {
    const { turns, sessionId, sessions, queue } = await open({ waitingTurns: 5 });
    for (let n = 0; n < 5; n++) await turns.create({ sessionId, text: 'spam' });
    await expect(turns.create({ sessionId, text: 'spam' })).rejects.toMatchObject({ code: 'rate-limited', details: { waiting: 5 } });
    const other = await sessions.begin({ userId: 'ben' });
    const { turnId } = await turns.create({ sessionId: other.sessionId, text: 'hello' });
    // Whatever waits, one user has one job: the other one is second, not sixth.
    expect(queue.jobs.size).toBe(2);
    expect(queue.jobs.has(turnId)).toBe(true);
  });

  it('acknowledges nothing when the queue is away, and leaves no turn behind that would run', async () => {
    const { turns, queue, sessionId, turnStore } = await open();
    queue.down = true;
    await expect(turns.create({ sessionId, text: 'one' })).rejects.toMatchObject({ code: 'redis-unavailable' });
    await eventually(async () => expect(await turnStore.pending(sessionId)).toEqual([]));
  });

  it('cancels a waiting turn, a running one with its text so far, and hands on to the next', async () => {
    const { turns, queue, sessionId, deliveries, turnStore } = await open(says((_, { say }) => say('half')));
    const [a, b, c] = [
      await turns.create({ sessionId, text: 'a' }),
      await turns.create({ sessionId, text: 'b' }),
      await turns.create({ sessionId, text: 'c' }),
    ];
    expect(await turns.cancel(b.turnId)).toEqual({ status: 'cancelled' });
    expect(await turnStore.pending(sessionId)).toEqual([a.turnId, c.turnId]);
    const outcome = deliveries.deliver(deliverRequest(a.turnId, sessionId));
    await eventually(async () => expect((await turns.get(a.turnId)).turn.text).toBe('half'));
    expect(await turns.cancel(a.turnId)).toEqual({ status: 'cancelled' });
    expect(await outcome).toEqual({ kind: 'cancelled', text: 'half' });
    expect((await turns.get(a.turnId)).turn).toMatchObject({ status: 'cancelled', text: 'half', endedAt: expect.any(Number) });
    expect([...queue.jobs.keys()]).toEqual([c.turnId]);
    expect(await turns.cancel(a.turnId)).toEqual({ status: 'cancelled' });
  });

  it('records a rating once, for turns that were answered only', async () => {
    const { turns, sessionId, turnStore, rated } = await open();
    const { turnId } = await turns.create({ sessionId, text: 'a' });
    await expect(turns.feedback({ id: turnId, rating: 4 })).rejects.toMatchObject({ code: 'conflict' });
    await turnStore.end(turnId, { status: 'done', text: 'x' });
    expect(await turns.feedback({ id: turnId, rating: 4, comment: 'nice' })).toEqual({ recorded: true, counted: true, reward: 0.75 });
    expect(await turns.feedback({ id: turnId, rating: 1 })).toEqual({ recorded: false, counted: false, reward: 0.75 });
    expect(rated[0]).toEqual([turnId, 4, 'nice']);
    expect((await turns.get(turnId)).turn).toMatchObject({ rating: 4, reward: 0.75 });
  });

  it('sweeps: a head without a job gets one again, a lost record leaves the line, a job that always vanishes is given up', async () => {
    const { turns, queue, sessionId, turnStore, redis } = await open();
    const first = await turns.create({ sessionId, text: 'a' });
    const second = await turns.create({ sessionId, text: 'b' });
    queue.jobs.clear();
    await turns.sweep();
    expect([...queue.jobs.keys()]).toEqual([first.turnId]);
    await redis.del(`t:turn:${first.turnId}`);
    queue.jobs.clear();
    await turns.sweep();
    await turns.sweep();
    expect([...queue.jobs.keys()]).toEqual([second.turnId]);
    for (let n = 0; n < 6; n++) {
      queue.jobs.clear();
      await turns.sweep();
    }
    expect((await turns.get(second.turnId)).turn).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    expect(await turnStore.pending(sessionId)).toEqual([]);
  });

  it('a turn that was put back for want of an agent five times was given up as if its job had vanished', async () => {
    const { turns, queue, sessionId, turnStore } = await open();
    const { turnId } = await turns.create({ sessionId, text: 'a' });
    const trace: TurnView['trace'] = [];
    for (let n = 0; n < 8; n++) {
      // Its job ran, found no agent and ended.
      queue.jobs.clear();
      trace.push({ step: 'agent', startMs: n, endMs: n, note: 'no agent' });
      await turnStore.patch(turnId, { status: 'queued', trace: [...trace] });
      await turns.sweep();
      expect([...queue.jobs.keys()]).toEqual([turnId]);
    }
    expect((await turns.get(turnId)).turn).toMatchObject({ status: 'queued', error: null });
    for (let n = 0; n < 6; n++) {
      queue.jobs.clear();
      await turns.sweep();
    }
    expect((await turns.get(turnId)).turn).toMatchObject({ status: 'failed', error: { code: 'internal' } });
  });

  it('cancels what is left of a session that ended', async () => {
    const { turns, sessionId, sessions, turnStore } = await open();
    const { turnId } = await turns.create({ sessionId, text: 'a' });
    const second = await turns.create({ sessionId, text: 'b' });
    await sessions.end(sessionId);
    await eventually(async () => expect(await turnStore.pending(sessionId)).toEqual([]));
    for (const id of [turnId, second.turnId]) expect((await turns.get(id)).turn).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
  });

  it('lets a reader watch a turn and poll a conversation without missing the end', async () => {
    const { turns, sessions, sessionId, deliveries, feed, turnStore } = await open(
      says((_, { say, stop }) => {
        say('one ');
        setTimeout(() => {
          say('two');
          stop();
        }, 60);
      }),
    );
    const { version } = await sessions.conversation({ id: sessionId, version: 0, waitMs: 0 });
    const poll = sessions.conversation({ id: sessionId, version, waitMs: 5_000 });
    const { turnId } = await turns.create({ sessionId, text: 'hi' });
    const seen: TurnView[] = [];
    const off = turns.watch(turnId, (turn) => seen.push(turn));
    const polled = await poll;
    expect(polled.version).toBeGreaterThan(version);
    await deliveries.deliver(deliverRequest(turnId, sessionId));
    expect(feed.get(turnId)?.text).toBe('one two');
    const { turn } = await turnStore.end(turnId, { status: 'done', text: 'one two' });
    feed.publish(turn as TurnView);
    feed.publish({ ...(turn as TurnView), status: 'running', text: '' });
    off();
    expect(seen.map(({ text }) => text)).toEqual(expect.arrayContaining(['', 'one ', 'one two']));
    expect(seen.at(-1)).toMatchObject({ status: 'done', text: 'one two' });
    const last = await sessions.conversation({ id: sessionId, version: polled.version, waitMs: 0 });
    expect(last.turns.map(({ text, status }) => [text, status])).toEqual([['one two', 'done']]);
    const idle = await sessions.conversation({ id: sessionId, version: last.version, waitMs: 30 });
    expect(idle.version).toBeGreaterThanOrEqual(last.version);
  });

  it('a turn that waited behind another kept no priority: now it gets its own, whoever adds its job', async () => {
    const { turns, queue, sessionId, turnStore } = await open();
    const first = await turns.create({ sessionId, text: 'a', priority: 9 });
    const second = await turns.create({ sessionId, text: 'b', priority: 4 });
    const third = await turns.create({ sessionId, text: 'c', priority: 2 });
    expect(queue.jobs.get(first.turnId)).toMatchObject({ priority: 9 });
    await turns.cancel(first.turnId);
    expect(queue.jobs.get(second.turnId)).toMatchObject({ priority: 4 });
    await turnStore.end(second.turnId, { status: 'done' });
    queue.jobs.clear();
    await turns.sweep();
    expect([...queue.jobs.values()]).toEqual([{ turnId: third.turnId, sessionId, priority: 2 }]);
  });

  it('a turn for a session of another node waited for ever: now it is refused, and so is its cancel', async () => {
    const { turns, sessionId } = await open();
    const { turnId } = await turns.create({ sessionId, text: 'a' });
    const other = await desks.open({ node: 'n2' });
    await expect(other.turns.create({ sessionId, text: 'b' })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('node n1') });
    await expect(other.turns.cancel(turnId)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('node n1') });
    await other.turns.sweep();
    expect(other.queue.jobs.size).toBe(0);
    expect(await other.turnStore.pending(sessionId)).toEqual([turnId]);
    // Nor does it take away what is left of one that has ended: that is for the node that had its agent.
    await other.redis.hset(other.keys.session(sessionId), 'status', 'ended');
    await other.turns.sweep();
    expect(await other.turnStore.pending(sessionId)).toEqual([turnId]);
    await expect(other.turns.create({ sessionId: 'nobody', text: 'b' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('takes turns of a session of this node that only Redis remembers', async () => {
    const { turns, sessions, sessionStore, queue } = await open();
    const rate = { limit: 5, windowMs: 60_000, nowMs: 0 };
    const known = (await sessions.get((await sessions.begin({ userId: 'bob' })).sessionId)).session;
    await sessionStore.admit({ ...known, id: 's-lost', userId: 'cid', agentId: null, agentPid: null, node: 'n1', folder: null, conversation: null }, rate);
    const { turnId } = await turns.create({ sessionId: 's-lost', text: 'a' });
    expect(queue.jobs.has(turnId)).toBe(true);
    expect(sessions.views().map(({ id }) => id)).toContain('s-lost');
  });

  it('turns of sessions in line for a place held the slots of the worker: now their jobs come with the place', async () => {
    const { turns, sessions, queue, sessionId } = await open({ capacity: 1 });
    const bob = await sessions.begin({ userId: 'bob' });
    expect(bob.status).toBe('waiting');
    const first = await turns.create({ sessionId: bob.sessionId, text: 'a', priority: 3 });
    const second = await turns.create({ sessionId: bob.sessionId, text: 'b' });
    await turns.sweep();
    expect(queue.jobs.size).toBe(0);
    await sessions.end(sessionId);
    await turns.sweep();
    expect([...queue.jobs.values()]).toEqual([{ turnId: first.turnId, sessionId: bob.sessionId, priority: 3 }]);
    await turns.cancel(first.turnId);
    expect([...queue.jobs.keys()]).toEqual([second.turnId]);
  });

  it('a turn whose acceptance got no answer in time ran later: now the sweep takes it back', async () => {
    const { turns, queue, sessionId, turnStore } = await open();
    const { create, end } = turnStore;
    turnStore.create = async (...args) => {
      await create.apply(turnStore, args);
      throw new Error('Connection is closed.');
    };
    turnStore.end = async () => {
      throw new Error('Connection is closed.');
    };
    await expect(turns.create({ sessionId, text: 'a' })).rejects.toMatchObject({ code: 'redis-unavailable' });
    Object.assign(turnStore, { create, end });
    expect(await turnStore.pending(sessionId)).toHaveLength(1);
    const { turnId } = await turns.create({ sessionId, text: 'b' });
    await turns.sweep();
    expect(await turnStore.pending(sessionId)).toEqual([turnId]);
    expect([...queue.jobs.keys()]).toEqual([turnId]);
  });

  it('a turn in line says which number it is, whenever it is asked', async () => {
    const { turns, sessionId, turnStore } = await open();
    const ids: string[] = [];
    for (const text of ['a', 'b', 'c']) ids.push((await turns.create({ sessionId, text })).turnId);
    const [first, second, third] = ids as [string, string, string];
    expect((await turns.get(third)).turn).toMatchObject({ status: 'queued', position: 3, estimatedWaitMs: 4_000 });
    await turnStore.patch(first, { status: 'running' });
    expect((await turns.get(first)).turn.position).toBeUndefined();
    await turnStore.end(first, { status: 'done' });
    expect((await turns.get(second)).turn).toMatchObject({ position: 1, estimatedWaitMs: 0 });
    expect((await turns.get(third)).turn).toMatchObject({ position: 2, estimatedWaitMs: 2_000 });
  });

  it('rates and reads a turn that lies in the archive', async () => {
    const lying: Record<string, TurnView> = {};
    const { turns, sessionId, turnStore, redis, keys, rated } = await open({
      archive: {
        find: async (id) => lying[id],
        rated: async (turn, facts) => {
          lying[turn.id] = { ...turn, ...facts };
          return lying[turn.id] as TurnView;
        },
      },
    });
    const { turnId } = await turns.create({ sessionId, text: 'old' });
    const { turn } = await turnStore.end(turnId, { status: 'done', text: 'yes' });
    lying[turnId] = turn as TurnView;
    await redis.del(keys.turn(turnId));
    expect((await turns.get(turnId)).turn).toMatchObject({ prompt: 'old', text: 'yes' });
    expect(await turns.feedback({ id: turnId, rating: 4 })).toEqual({ recorded: true, counted: true, reward: 0.75 });
    expect((await turns.get(turnId)).turn).toMatchObject({ rating: 4, reward: 0.75 });
    expect(await turns.feedback({ id: turnId, rating: 1 })).toEqual({ recorded: false, counted: false, reward: 0.75 });
    expect(rated).toHaveLength(1);
    const seen: TurnView[] = [];
    const off = turns.watch(turnId, (shown) => seen.push(shown));
    await eventually(() => expect(seen).toMatchObject([{ id: turnId, rating: 4 }]));
    off();
    await expect(turns.feedback({ id: 't-nobody', rating: 4 })).rejects.toMatchObject({ code: 'not-found' });
  });
});
