import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../contract/messages.js';
import type { TurnView } from '../../contract/state.js';
import { silentLog } from '../../core/base/log.js';
import { connect, type Redis } from '../../core/redis/connection.js';
import { startTestRedis } from '../../core/redis/test-redis.js';
import { speakAcp } from '../pool/fake-launcher.js';
import { type Desk, eventually, openDesk } from './test-desk.js';

let server: Awaited<ReturnType<typeof startTestRedis>>;
let admin: Redis;
let desks: Desk[] = [];
const open = async (options: Parameters<typeof openDesk>[1] = {}): Promise<Desk & { sessionId: string }> => {
  const desk = await openDesk(server.address, options);
  desks.push(desk);
  await eventually(() => expect(desk.pool.view(0).ready).toBe(2));
  const { sessionId } = await desk.sessions.begin({ userId: 'ann' });
  return { ...desk, sessionId };
};

beforeAll(async () => {
  server = await startTestRedis();
  admin = connect(server.address, 'blocking', 'admin', silentLog);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});
beforeEach(() => admin.flushall());
afterEach(async () => {
  for (const desk of desks) await desk.close();
  desks = [];
});

const request = (turnId: string, sessionId: string, over: object = {}) => ({
  requestId: `r-${turnId}`,
  turnId,
  sessionId,
  arm: 'npc',
  text: 'hi',
  deadlineMs: 10_000,
  ...over,
});
const says = (onPrompt: NonNullable<Parameters<typeof speakAcp>[1]>) => ({ onLaunch: (child: Parameters<typeof speakAcp>[0]) => speakAcp(child, onPrompt) });

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

  it('acknowledges nothing when the queue is away, and leaves no turn behind that would run', async () => {
    const { turns, queue, sessionId, turnStore } = await open();
    queue.down = true;
    await expect(turns.create({ sessionId, text: 'one' })).rejects.toMatchObject({ code: 'redis-unavailable' });
    expect(await turnStore.pending(sessionId)).toEqual([]);
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
    const outcome = deliveries.deliver(request(a.turnId, sessionId));
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
    expect(await turns.feedback({ id: turnId, rating: 4, comment: 'nice' })).toEqual({ recorded: true, reward: 0.75 });
    expect(await turns.feedback({ id: turnId, rating: 1 })).toEqual({ recorded: false, reward: 0.75 });
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
    await deliveries.deliver(request(turnId, sessionId));
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
});

describe('Deliveries', () => {
  it('delivers once: the same turn joins, and later gets the same outcome', async () => {
    let prompts = 0;
    const { deliveries, sessionId, turns, sessions } = await open(
      says((text, { say, stop }) => {
        prompts++;
        say(`echo ${text}`);
        setTimeout(() => stop('end_turn', 'ollama'), 20);
      }),
    );
    const { turnId } = await turns.create({ sessionId, text: 'hi' });
    const replies: unknown[] = [];
    const both = Promise.all([
      deliveries.deliver(request(turnId, sessionId), (message) => replies.push(message)),
      deliveries.deliver({ ...request(turnId, sessionId), requestId: 'again' }, (message) => replies.push(message)),
    ]);
    await eventually(async () => expect((await sessions.get(sessionId)).session.status).toBe('busy'));
    const [one, two] = await both;
    expect(one).toMatchObject({ kind: 'done', text: 'echo hi', provider: 'ollama', stopReason: 'end_turn', agentMs: expect.any(Number) });
    expect(two).toBe(one);
    expect(await deliveries.deliver(request(turnId, sessionId))).toBe(one);
    expect(prompts).toBe(1);
    expect(replies).toEqual([
      { type: 'delivered', requestId: `r-${turnId}`, outcome: one },
      { type: 'delivered', requestId: 'again', outcome: one },
    ]);
    await eventually(async () => expect((await sessions.get(sessionId)).session.status).toBe('ready'));
  });

  it('never gives an agent two turns at once', async () => {
    let busy = 0;
    let most = 0;
    const { deliveries, sessionId } = await open(
      says((_, { stop }) => {
        most = Math.max(most, ++busy);
        setTimeout(() => {
          busy--;
          stop();
        }, 10);
      }),
    );
    const outcomes = await Promise.all(['a', 'b', 'c'].map((id) => deliveries.deliver(request(id, sessionId))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(most).toBe(1);
  });

  it('puts the turn to another agent when its agent dies, with a line in the trace, and gives up after three', async () => {
    let deaths = 0;
    const { deliveries, sessionId, turns, launcher } = await open(
      says((text, { say, stop }) => {
        say('half');
        const dies = text === 'poison' || deaths === 0;
        if (dies)
          setTimeout(() => {
            deaths++;
            launcher.live
              .find(({ wire }) => wire?.sent.some((m) => (m as { method?: string }).method === 'session/prompt'))
              ?.die('signal', 'killed by SIGKILL');
          }, 5);
        else {
          say(' whole');
          stop();
        }
      }),
    );
    const { turnId } = await turns.create({ sessionId, text: 'hi' });
    expect(await deliveries.deliver(request(turnId, sessionId))).toMatchObject({ kind: 'done', text: 'half whole' });
    expect((await turns.get(turnId)).turn.trace).toEqual([expect.objectContaining({ step: 'agent-died', note: expect.stringContaining('killed by SIGKILL') })]);
    expect(await deliveries.deliver(request('poison', sessionId, { text: 'poison' }))).toMatchObject({ kind: 'failed', code: 'agent-died', retryable: false });
    expect(deaths).toBe(4);
  });

  it('cancels at the deadline, and ends an agent that does not listen', async () => {
    const { deliveries, sessionId, launcher } = await open({
      onLaunch: (child) => {
        speakAcp(child, () => undefined);
        const peer = child.wire?.peer;
        // Deaf to cancel.
        if (child.wire && peer)
          child.wire.peer = (message: { method?: string }, wire) => (message.method === 'session/cancel' ? undefined : peer(message as never, wire));
      },
    });
    const startedMs = performance.now();
    expect(await deliveries.deliver(request('t1', sessionId, { deadlineMs: 50 }))).toMatchObject({ kind: 'failed', code: 'timeout', retryable: false });
    expect(performance.now() - startedMs).toBeLessThan(6_500);
    expect(launcher.named('agent-1').exit).toMatchObject({ cause: 'deadline' });
  });

  it('passes on the error of an agent that refuses, and treats broken output as a death', async () => {
    const { deliveries, sessionId, launcher } = await open(
      says((text, { wire, stop }) => {
        const { id } = wire.sent.at(-1) as { id: number };
        if (text === 'refuse') wire.receive({ jsonrpc: '2.0', id, error: { code: -32603, message: 'no model' } });
        else if (launcher.launched.filter(({ exit }) => exit?.cause === 'protocol').length === 0) wire.receive('garbage');
        else stop();
      }),
    );
    expect(await deliveries.deliver(request('t1', sessionId, { text: 'refuse' }))).toMatchObject({
      kind: 'failed',
      code: 'agent-failed',
      message: expect.stringContaining('no model'),
      retryable: false,
    });
    expect(await deliveries.deliver(request('t2', sessionId, { text: 'break' }))).toMatchObject({ kind: 'done' });
  });

  it('does nothing for a turn that has ended or a session that is gone, and says so', async () => {
    const { deliveries, sessionId, turns, sessions } = await open();
    const { turnId } = await turns.create({ sessionId, text: 'x' });
    await turns.cancel(turnId);
    expect(await deliveries.deliver(request(turnId, sessionId))).toMatchObject({ kind: 'cancelled' } satisfies Partial<DeliveryOutcome>);
    await sessions.end(sessionId);
    expect(await deliveries.deliver(request('t9', sessionId))).toMatchObject({ kind: 'cancelled' });
    expect(deliveries.cancel('t9')).toBe(false);
  });
});
