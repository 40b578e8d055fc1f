import { Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { roomy } from '../../core/base/test-times.js';
import { connect } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { QueueRegistry } from './queue-registry.js';

const keys = keysFor('roost');
const registryFor = (redis: TestRedis): QueueRegistry =>
  new QueueRegistry({ queues: () => ['turns', 'coach'], address: () => redis.address, keys, node: 'n1', clock: systemClock, log: silentLog });
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof RoostError ? error.code : String(error)),
  );

describe('the queues', () => {
  let redis: TestRedis;
  let registry: QueueRegistry;
  beforeAll(async () => {
    redis = await startTestRedis();
    registry = registryFor(redis);
    await registry.open();
  });
  afterAll(async () => {
    await registry.close();
    await redis.stop();
  });

  it('hold a turn once, run by priority, and take it again after it has finished', async () => {
    await registry.addTurn({ turnId: 'later', sessionId: 's' }, 5);
    await registry.addTurn({ turnId: 'soon', sessionId: 's' }, 1);
    await registry.addTurn({ turnId: 'first', sessionId: 's' });
    await registry.addTurn({ turnId: 'first', sessionId: 's' });
    const depth = (await registry.depths(() => 2))['turns'];
    expect(depth).toMatchObject({ waiting: 3, active: 0, delayed: 0, failed: 0, completed: 0, workers: 2 });
    expect(depth?.oldestWaitingMs).toBeGreaterThanOrEqual(0);
    expect(await registry.isLive('turns', 'soon')).toBe(true);
    expect(await registry.hasLiveTurn('unknown')).toBe(false);
    expect(await registry.removeTurn('unknown')).toBe(false);

    const ran: string[] = [];
    const connection = connect(redis.address, 'blocking', 'worker', silentLog);
    const worker = new Worker('turns.n1', async (job) => void ran.push(job.id ?? ''), { connection, prefix: keys.bull });
    worker.on('error', () => undefined);
    await vi.waitFor(() => expect(ran).toEqual(['first', 'soon', 'later']), { timeout: 60_000 });
    await vi.waitFor(async () => expect((await registry.depths(() => 1))['turns']).toMatchObject({ completed: 3, active: 0 }), 60_000);
    expect(await registry.isLive('turns', 'first')).toBe(false);
    await registry.addTurn({ turnId: 'first', sessionId: 's' });
    await vi.waitFor(() => expect(ran).toEqual(['first', 'soon', 'later', 'first']), { timeout: 60_000 });
    await worker.close();
    connection.disconnect();
  });

  it('tell the age of the oldest waiting job, not of one put in front', async () => {
    const queue = registry.queue('coach');
    const now = systemClock.wallMs();
    await queue.add('coach', {}, { timestamp: now - 60_000 });
    await queue.add('coach', {}, { timestamp: now - 1_000 });
    await registry.addCanary('coach', { nonce: 'n', queue: 'coach.n1' });
    const depth = (await registry.depths(() => 0))['coach'];
    expect(depth?.waiting).toBe(3);
    expect(depth?.oldestWaitingMs).toBeGreaterThanOrEqual(60_000);
    expect(depth?.oldestWaitingMs).toBeLessThan(70_000);
    const [front] = await registry.redis.lrange(queue.toKey('wait'), -1, -1);
    expect(front).toBe('canary-n');
    expect(await registry.removeCanary('coach', 'n')).toBe(true);
    expect(await registry.isLive('coach', 'canary-n')).toBe(false);
  });
});

describe('without Redis', () => {
  it('answers redis-unavailable within the deadline, closes at once, and opens again afterwards', async () => {
    const first = await startTestRedis();
    const registry = registryFor(first);
    expect(await codeOf(registry.addTurn({ turnId: 'a', sessionId: 's' }))).toBe('redis-unavailable');
    await registry.open();
    first.kill();
    const begin = systemClock.monoMs();
    expect(await codeOf(registry.addTurn({ turnId: 'a', sessionId: 's' }))).toBe('redis-unavailable');
    expect(await codeOf(registry.depths(() => 0))).toBe('redis-unavailable');
    expect(systemClock.monoMs() - begin).toBeLessThan(roomy(4_500));
    await registry.close();
    expect(registry.isOpen).toBe(false);
    expect(await codeOf(registry.open())).toBe('redis-unavailable');
    await first.stop();
  });

  it('a Redis that stops answering costs one deadline', async () => {
    const redis = await startTestRedis();
    const registry = registryFor(redis);
    await registry.open();
    process.kill(redis.pid, 'SIGSTOP');
    const begin = systemClock.monoMs();
    expect(await codeOf(registry.addTurn({ turnId: 'a', sessionId: 's' }))).toBe('redis-unavailable');
    // Less than the connection itself takes to give up a server that owes an answer (6 s).
    expect(systemClock.monoMs() - begin).toBeLessThan(5_500);
    process.kill(redis.pid, 'SIGCONT');
    await registry.close();
    await redis.stop();
  });
});
