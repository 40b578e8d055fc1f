import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunView } from '../../contract/schedules.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { countDeath } from '../../core/jobs/deaths.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { QueueRegistry } from '../queues/queue-registry.js';
import { scheduleJobs } from './jobs.js';
import { emptyLedger } from './ledger.js';
import { LedgerStore } from './ledger-store.js';
import { known } from './test-schedules.js';

let server: TestRedis;
let redis: Redis;
let store: LedgerStore;
const keys = keysFor('roost');
const clock = systemClock;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(clock, redis, 30_000);
  store = new LedgerStore({ redis: () => redis, keys, clock });
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());

const run = (id: string, atMs: number, outcome: RunView['outcome'] = 'done'): RunView => ({
  id,
  kind: 'due',
  dueMs: atMs,
  atMs,
  outcome,
  queue: 'analysis',
  jobId: null,
  startedAtMs: null,
  endedAtMs: null,
  note: null,
});

describe('a lease', () => {
  test('is taken by one of many that ask at once, kept while it is renewed, free when it is given back or forgotten', async () => {
    const nodes = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const owners = await Promise.all(nodes.map((node) => store.lease(['a', 'b'], node)));
    expect(new Set(owners.map((one) => one.get('a'))).size).toBe(1);
    const owner = owners[0]?.get('a') ?? '';
    expect((await store.lease(['a'], owner)).get('a')).toBe(owner);
    await store.release(['a'], 'somebody else');
    expect((await store.lease(['a'], 'later')).get('a')).toBe(owner);
    await store.release(['a'], owner);
    expect((await store.lease(['a'], 'later', 30)).get('a')).toBe('later');
    await expect.poll(async () => (await store.lease(['a'], 'last')).get('a')).toBe('last');
  });

  test('is what a write of the clock needs: one that lost it changes nothing', async () => {
    await store.lease(['a'], 'n1');
    expect(await store.write('a', { lastMs: 5, rule: 'r', line: [{ id: 'x', kind: 'due', dueMs: 1, notBeforeMs: 1 }] }, [run('1', 1)], 'n1')).toBe(true);
    expect(await store.write('a', { lastMs: 9 }, [run('2', 2)], 'n2')).toBe(false);
    expect(await store.read('a')).toEqual({
      ledger: { ...emptyLedger, rule: 'r', lastMs: 5, line: [{ id: 'x', kind: 'due', dueMs: 1, notBeforeMs: 1 }] },
      runs: [run('1', 1)],
    });
    expect(await store.write('a', { paused: { atMs: 1, why: 'w' }, line: [], rule: undefined }, [])).toBe(true);
    expect((await store.read('a')).ledger).toEqual({ ...emptyLedger, lastMs: 5, paused: { atMs: 1, why: 'w' } });
  });
});

test('history is bounded; open runs stay, rubbish by hand is passed over', async () => {
  for (let index = 0; index < 100; index++) await store.write('a', {}, [run(String(index), index, index === 3 ? 'running' : 'done')]);
  await redis.hset(keys.scheduleRuns('a'), 'x', 'rubbish');
  await redis.hset(keys.schedule('a'), 'line', '{', 'lastMs', 'soon');
  const { runs, ledger } = await store.read('a');
  expect(ledger).toEqual(emptyLedger);
  expect(runs.length).toBe(61);
  expect(runs[0]?.id).toBe('99');
  expect(runs.find(({ outcome }) => outcome === 'running')?.id).toBe('3');
  expect(await redis.hlen(keys.scheduleRuns('a'))).toBe(62);
  await store.remove('a');
  expect(await redis.keys('roost:schedule*')).toEqual([]);
});

test('jobs: the same id is one job, also when a hundred add it; looked at, taken away, and its dead counted', async () => {
  const registry = new QueueRegistry({
    address: () => server.address,
    queues: () => ['analysis'],
    handler: (name) => known.handler(name),
    keys,
    node: 'n',
    clock,
    log: silentLog,
  });
  await registry.open();
  try {
    const stopped: string[] = [];
    const jobs = scheduleJobs(registry, clock, (_, id) => stopped.push(id));
    const id = 'schedule.a.1700000000000';
    await Promise.all(Array.from({ length: 100 }, () => jobs.add('analysis', 'work', { size: 1 }, id)));
    expect(await registry.queue('analysis').getJobCountByTypes('waiting', 'delayed', 'prioritized')).toBe(1);
    expect(await jobs.look('analysis', id)).toEqual({ state: 'waiting', startedAtMs: null, endedAtMs: null, error: null, deaths: 0 });
    await countDeath(redis, registry.queue('analysis').toKey(id));
    expect((await jobs.look('analysis', id))?.deaths).toBe(1);
    await expect(jobs.add('analysis', 'work', { size: 'x' }, 'schedule.a.2')).rejects.toThrow(/size must be a number/);
    expect(await jobs.withdraw('analysis', id)).toBe(true);
    expect(await jobs.look('analysis', id)).toBeUndefined();
    expect(await jobs.withdraw('analysis', id)).toBe(false);
    expect(stopped).toEqual([id]);
  } finally {
    await registry.close();
  }
});
