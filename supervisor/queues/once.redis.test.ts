import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { handlerSpecs } from '../../contract/handlers.js';
import { sleep, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { addJob, jobOf } from './add-job.js';

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  await whenReady(systemClock, redis, 30_000);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it('pins the mark of the queue library: it outlives the job, and is taken away by its key', async () => {
  const queue = new Queue('q', { connection: redis, prefix: 'test:bull' });
  let runs = 0;
  const worker = new Worker(
    'q',
    async () => {
      runs += 1;
    },
    { connection: redis, prefix: 'test:bull' },
  );
  const settled = async (wanted: number): Promise<void> => {
    const endMs = performance.now() + 60_000;
    while (runs < wanted || (await queue.getActiveCount()) + (await queue.getWaitingCount()) > 0) {
      if (performance.now() > endMs) throw new Error(`${runs} runs, not ${wanted}`);
      await sleep(systemClock, 10);
    }
  };
  const add = async (): Promise<void> => {
    const job = jobOf(handlerSpecs['command'], 'command', { argv: ['true'] }, { jobId: 'w.inbox.1', onceForMs: 60_000 });
    await addJob(queue, 'command', { ...job, opts: { ...job.opts, removeOnComplete: true } });
  };
  await add();
  await add();
  await settled(1);
  await add();
  await settled(1);
  expect(await queue.getJob('w.inbox.1')).toBeUndefined();
  expect(await redis.unlink(queue.toKey('de:w.inbox.1'))).toBe(1);
  await add();
  await settled(2);
  expect(runs).toBe(2);
  await worker.close();
  await queue.close();
});
