import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TurnView } from '../../contract/state.js';
import { turnOf } from '../../contract/test-turn.js';
import { silentLog } from '../base/log.js';
import { connect, type Redis } from '../redis/connection.js';
import { keysFor } from '../redis/keys.js';
import { startTestRedis } from '../redis/test-redis.js';
import { TurnStore } from './turn-store.js';

const keys = keysFor('t');
let server: Awaited<ReturnType<typeof startTestRedis>>;
let redis: Redis;
let store: TurnStore;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  store = new TurnStore(redis, keys);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());

const turn = (id: string, over: Partial<TurnView> = {}): TurnView => turnOf({ id, prompt: 'what is 2+2', ...over });

describe('TurnStore', () => {
  it.each([
    ['cancelled by one process while another started it', 5_000, 4_998, 5_000],
    ['with the clock set back by an hour', null, -3_599_000, 1_000],
    ['as a rule', 5_000, 5_001, 5_001],
  ])('a turn ended before it had begun: %s', async (_what, startedAt, endedAt, shown) => {
    await store.create(turn('a'));
    if (startedAt !== null) await store.patch('a', { status: 'running', startedAt });
    expect(await store.end('a', { status: 'cancelled', endedAt })).toMatchObject({ turn: { endedAt: shown } });
    expect((await store.get('a'))?.endedAt).toBe(shown);
  });

  it('gives back exactly what was created, with odd texts, and an operator can read the hash', async () => {
    const odd = turn('a', {
      prompt: 'üñ\u0000 "quotes"\n\u{1F600}',
      intent: 'x',
      trace: [{ step: 'queue', startMs: 0, endMs: null, note: 'n' }],
      propensity: 0.25,
    });
    expect(await store.create(odd)).toMatchObject({ kind: 'created', ahead: 0 });
    expect(await store.get('a')).toEqual(odd);
    expect(await redis.hget('t:turn:a', 'status')).toBe('queued');
    expect(await redis.lrange('t:session:s1:turns', 0, -1)).toEqual(['a']);
  });

  it('keeps the line of one session in order and hands on from head to head', async () => {
    expect(await store.create(turn('a'))).toMatchObject({ kind: 'created', ahead: 0 });
    expect(await store.create(turn('b'))).toMatchObject({ kind: 'created', ahead: 1 });
    expect(await store.create(turn('c'))).toMatchObject({ kind: 'created', ahead: 2 });
    expect(await store.create(turn('b'))).toMatchObject({ kind: 'created', ahead: 1 });
    expect(await store.pending('s1')).toEqual(['a', 'b', 'c']);
    expect(await store.sessionsWithPending()).toEqual(['s1']);
    expect((await store.end('b', { status: 'cancelled' })).next).toEqual({ turnId: 'a', sessionId: 's1' });
    const ended = await store.end('a', { status: 'done', text: '4', endedAt: 2_000 });
    expect(ended.next).toEqual({ turnId: 'c', sessionId: 's1' });
    expect(ended.turn).toMatchObject({ status: 'done', text: '4', endedAt: 2_000 });
    expect((await store.end('c', { status: 'done' })).next).toBeNull();
    expect(await store.sessionsWithPending()).toEqual([]);
    expect(await store.head('s1')).toBeNull();
    expect((await store.bySession('s1', 2)).map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('remembers the priority of a turn that waits in line, and tells nobody else', async () => {
    await store.create(turn('a'), 7);
    await store.create(turn('b'), 2);
    await store.create(turn('c'));
    expect(await store.get('a')).toEqual(turn('a'));
    expect(await store.head('s1')).toEqual({ turnId: 'a', sessionId: 's1', priority: 7 });
    expect((await store.end('a', { status: 'done' })).next).toEqual({ turnId: 'b', sessionId: 's1', priority: 2 });
    expect((await store.drop('b', 's1')).next).toEqual({ turnId: 'c', sessionId: 's1' });
    await redis.hset('t:turn:c', 'priority', 'high');
    expect(await store.head('s1')).toEqual({ turnId: 'c', sessionId: 's1' });
  });

  it('never changes an ended turn, except for facts that come late', async () => {
    await store.create(turn('a'));
    await store.end('a', { status: 'done', text: 'first' });
    expect((await store.end('a', { status: 'failed', text: 'second' })).turn).toMatchObject({ status: 'done', text: 'first' });
    expect(await store.patch('a', { text: 'third', status: 'running', suggestion: 'ask more', rating: 5, reward: 1 })).toMatchObject({
      status: 'done',
      text: 'first',
      suggestion: 'ask more',
      rating: 5,
      reward: 1,
    });
    const note = { step: 'agent-died', startMs: 3, endMs: 3, note: 'agent-1' };
    expect(await store.setAgentTrace('a', [note])).toMatchObject({ status: 'done', text: 'first', trace: [note] });
    expect(await redis.ttl('t:turn:a')).toBeGreaterThan(86_400);
  });

  it('writes null as a missing field and reads it back as null', async () => {
    await store.create(turn('a', { progress: 'thinking', error: { code: 'x', message: 'y' } }));
    expect(await store.patch('a', { progress: null, error: null, attempts: 2 })).toEqual(turn('a', { attempts: 2 }));
    expect(await redis.hexists('t:turn:a', 'progress')).toBe(0);
  });

  it('merges the spans of both writers once each', async () => {
    await store.create(turn('a'));
    await store.patch('a', { trace: [{ step: 'queue', startMs: 0, endMs: 5 }] });
    await store.setAgentTrace('a', [{ step: 'permission', startMs: 9, endMs: 9, note: 'denied' }]);
    const merged = (await store.get('a'))?.trace ?? [];
    expect(merged.map(({ step }) => step)).toEqual(['queue', 'permission']);
    const again = await store.patch('a', { trace: [...merged, { step: 'agent', startMs: 6, endMs: 12 }] });
    expect(again?.trace.map(({ step }) => step)).toEqual(['queue', 'agent', 'permission']);
  });

  it('survives damaged records: side fields fall back, a lost identity reads as missing and can be dropped from the line', async () => {
    await store.create(turn('a'));
    await store.create(turn('b'));
    await redis.hset('t:turn:a', 'trace', '{oops', 'timings', '[]', 'attempts', 'many', 'decisionKind', 'guess');
    expect(await store.get('a')).toEqual(turn('a'));
    await redis.hset('t:turn:a', 'status', 'maybe');
    expect(await store.get('a')).toBeUndefined();
    expect(await store.drop('a', 's1')).toEqual({ next: { turnId: 'b', sessionId: 's1' } });
    expect(await store.pending('s1')).toEqual(['b']);
    expect(await store.get('nobody')).toBeUndefined();
    expect(await store.patch('nobody', { text: 'x' })).toBeUndefined();
    expect(await redis.exists('t:turn:nobody')).toBe(0);
    expect(await store.end('nobody', { status: 'done' })).toEqual({ turn: undefined, next: null });
  });

  it('counts turns on the session record when there is one', async () => {
    await store.create(turn('a'));
    expect(await redis.exists('t:session:s1')).toBe(0);
    await redis.hset('t:session:s1', 'id', 's1', 'turns', 1);
    await store.create(turn('b', { createdAt: 7 }));
    expect(await redis.hmget('t:session:s1', 'turns', 'lastTurnAt')).toEqual(['2', '7']);
  });

  it('works again after Redis forgot the scripts', async () => {
    await store.create(turn('a'));
    await redis.script('FLUSH');
    expect(await store.patch('a', { text: 'x' })).toMatchObject({ text: 'x' });
  });
});
