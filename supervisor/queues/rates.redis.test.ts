import { Worker } from 'bullmq';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { sleep, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { workerTuning } from '../../core/jobs/queues.js';
import { connect, type Redis } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { QueueRegistry } from './queue-registry.js';

const keys = keysFor('test');
let server: TestRedis;
let redis: Redis;
let registry: QueueRegistry;
const workers: Worker[] = [];

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  registry = new QueueRegistry({ queues: () => ['analysis'], address: () => server.address, keys, node: 'n1', clock: systemClock, log: silentLog });
  await registry.open();
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close(true)));
  await registry.close();
  redis.disconnect();
  await server.stop();
});

async function all(count: number, begun: readonly number[], deadlineMs: number): Promise<void> {
  const end = systemClock.monoMs() + deadlineMs;
  while (begun.length < count) {
    if (systemClock.monoMs() > end) throw new Error(`${begun.length} of ${count} within ${deadlineMs} ms`);
    await sleep(systemClock, 20);
  }
}

it('J15: holds over three workers, also while one of them is replaced, and a change counts at once', async () => {
  const begun: number[] = [];
  const open = (): Worker => {
    const options = { connection: redis, prefix: keys.bull, ...workerTuning, concurrency: 10, maximumRateLimitDelay: 1_000 };
    const worker = new Worker('analysis', async () => void begun.push(systemClock.monoMs()), options);
    workers.push(worker);
    return worker;
  };
  await registry.setRate('analysis', { max: 5, everyMs: 500 });
  expect(await registry.rates()).toEqual({ analysis: { max: 5, everyMs: 500 } });
  const [first] = [open(), open(), open()];
  await registry.queue('analysis').addBulk(Array.from({ length: 30 }, (_, i) => ({ name: 'x', data: i })));
  await all(10, begun, 60_000);
  // It rests until the next window, of which four more come.
  await vi.waitFor(async () => expect(await registry.rests('analysis')).toBe(true), { timeout: 60_000, interval: 10 });
  await first?.close();
  open();
  await all(30, begun, 20_000);
  for (const [index, atMs] of begun.entries()) {
    // A window of the queue begins at its first job; one that lies across two of them sees at most both. Half of it is
    // room for a job that was taken in time and begun late.
    expect(begun.slice(index).filter((other) => other < atMs + 250).length).toBeLessThanOrEqual(10);
  }
  const took = (begun[29] ?? 0) - (begun[0] ?? 0);
  expect(took).toBeGreaterThan(2_000);

  await registry.queue('analysis').addBulk(Array.from({ length: 200 }, (_, i) => ({ name: 'x', data: i })));
  await all(35, begun, 60_000);
  await registry.setRate('analysis', null);
  // With the rate they would take half a second for five.
  await all(230, begun, 10_000);
  expect(await registry.rates()).toEqual({});
});
