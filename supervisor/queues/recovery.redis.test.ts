import { Job, Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { roomy } from '../../core/base/test-times.js';
import { connect } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { HoldingWorker } from './fixtures/holding-worker.js';
import { QueueRegistry } from './queue-registry.js';
import { requeueActive } from './recovery.js';

const keys = keysFor('roost');
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 20 });

let redis: TestRedis;
let registry: QueueRegistry;
const workers: HoldingWorker[] = [];

function holding(name: string, concurrency: number): HoldingWorker {
  if (!('path' in redis.address)) throw new Error('the test server listens on a socket');
  const worker = new HoldingWorker({ path: redis.address.path, prefix: keys.bull, queue: 'turns.n1', concurrency, name });
  workers.push(worker);
  return worker;
}

/** Runs everything that waits and returns the ids in the order they were taken. */
async function drain(count: number): Promise<string[]> {
  const taken: string[] = [];
  const connection = connect(redis.address, 'blocking', 'drain', silentLog);
  const worker = new Worker('turns.n1', async (job) => void taken.push(job.id ?? ''), { connection, prefix: keys.bull });
  worker.on('error', () => undefined);
  await until(() => expect(taken.length).toBeGreaterThanOrEqual(count));
  await worker.close();
  connection.disconnect();
  return taken;
}

beforeEach(async () => {
  redis = await startTestRedis();
  registry = new QueueRegistry({ queues: () => ['turns', 'coach'], address: () => redis.address, keys, node: 'n1', clock: systemClock, log: silentLog });
  await registry.open();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  await registry.close();
  await redis.stop();
});

describe('after the SIGKILL of a worker', () => {
  it('requeues its 5 active jobs in front of the 100 that wait, and loses none', async () => {
    const ids = Array.from({ length: 105 }, (_, index) => `t${index}`);
    for (const id of ids) await registry.addTurn({ turnId: id, sessionId: 's' });
    const worker = holding('w', 5);
    await until(() => expect(worker.held).toHaveLength(5));
    await worker.kill();
    expect((await registry.depths(() => 0))['turns']).toMatchObject({ active: 5, waiting: 100 });

    const recovery = await registry.requeueActive('turns');
    expect([...recovery.requeued].sort()).toEqual(['t0', 't1', 't2', 't3', 't4']);
    expect(recovery.poisoned).toEqual([]);
    expect(recovery.tookMs).toBeLessThan(roomy(1_000));
    expect((await registry.depths(() => 0))['turns']).toMatchObject({ active: 0, waiting: 105 });
    // The lock went with the move: a person may remove the job again.
    expect(await registry.remove('turns', 't104')).toBe(true);
    expect(await registry.remove('turns', 't0')).toBe(true);

    const taken = await drain(103);
    expect(taken).toEqual(ids.slice(1, 104));
    expect(await registry.queue('turns').getFailedCount()).toBe(0);
  });

  it('leaves the jobs of a worker that lives alone', async () => {
    for (const id of ['a', 'b']) await registry.addTurn({ turnId: id, sessionId: 's' });
    const dead = holding('dead', 1);
    await until(() => expect(dead.held).toEqual(['a']));
    const alive = holding('alive', 1);
    await until(() => expect(alive.held).toEqual(['b']));
    await dead.kill();
    const recovery = await registry.requeueActive('turns', { predicate: (job) => job.processedBy === 'dead' });
    expect(recovery.requeued).toEqual(['a']);
    expect(await registry.isLive('turns', 'b')).toBe(true);
    expect((await registry.depths(() => 1))['turns']).toMatchObject({ active: 1, waiting: 1 });
  });

  it('fails a job that took three workers down, and only that one', async () => {
    await registry.addTurn({ turnId: 'bad', sessionId: 's7' });
    for (let death = 1; death <= 3; death++) {
      const worker = holding(`w${death}`, 1);
      await until(() => expect(worker.held).toEqual(['bad']));
      await worker.kill();
      const recovery = await registry.requeueActive('turns');
      expect(recovery.requeued).toEqual(death < 3 ? ['bad'] : []);
      if (death === 3) expect(recovery.poisoned).toMatchObject([{ id: 'bad', name: 'turn', data: { turnId: 'bad', sessionId: 's7' } }]);
    }
    const job = await Job.fromId(registry.queue('turns'), 'bad');
    expect(job?.failedReason).toMatch(/^poison/);
    expect(await job?.getState()).toBe('failed');
  });

  it('never counts a restart of Roost against the job', async () => {
    await registry.addTurn({ turnId: 'long', sessionId: 's' });
    // Once more than takes a job out.
    for (let round = 0; round < 4; round++) {
      const worker = holding('w', 1);
      await until(() => expect(worker.held).toEqual(['long']));
      await worker.kill();
      expect((await registry.requeueActive('turns', { countsAsDeath: false })).requeued).toEqual(['long']);
    }
  });
});

it('contract: the library moves an active job without its lock token when told "0"', async () => {
  await registry.addTurn({ turnId: 'x', sessionId: 's' });
  const worker = holding('w', 1);
  await until(() => expect(worker.held).toEqual(['x']));
  await worker.kill();
  const job = await Job.fromId(registry.queue('turns'), 'x');
  await expect(job?.moveToWait('wrong')).rejects.toThrow();
  await job?.moveToWait('0');
  expect(await job?.getState()).toBe('waiting');
});

it('lets a job go that ends on its own in the moment of the recovery', async () => {
  for (const id of ['ending', 'lost']) await registry.addTurn({ turnId: id, sessionId: 's' });
  const worker = holding('w', 2);
  await until(() => expect(worker.held).toHaveLength(2));
  await worker.kill();
  const queue = registry.queue('turns');
  // Between the look at its lock and the move its own worker takes it out.
  const redis = new Proxy(registry.redis, {
    get: (of, name) => {
      if (name !== 'get') return Reflect.get(of, name).bind(of);
      return async (key: string) => {
        const token = await of.get(key);
        if (key === `${queue.toKey('ending')}:lock`) await of.multi().lrem(queue.toKey('active'), 0, 'ending').del(key).exec();
        return token;
      };
    },
  });
  const recovery = await requeueActive({ queue, redis, clock: systemClock, log: silentLog });
  expect(recovery).toMatchObject({ requeued: ['lost'], poisoned: [] });
});

it('takes out an active id whose record is gone', async () => {
  await registry.redis.lpush(registry.queue('turns').toKey('active'), 'ghost');
  expect((await registry.requeueActive('turns')).requeued).toEqual([]);
  expect((await registry.depths(() => 0))['turns']).toMatchObject({ active: 0 });
});
