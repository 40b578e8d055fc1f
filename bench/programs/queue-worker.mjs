// A BullMQ worker as its guide shows it, with the lock options of ours. `nothing` returns at once, `set` makes one SET.
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [, , path, prefix, queue, concurrency, work] = process.argv;
const redis = new Redis({ path, maxRetriesPerRequest: null });
const handlers = {
  nothing: async () => undefined,
  set: async (job) => {
    await redis.set(`${prefix}:canary:bare`, job.data.nonce, 'PX', 120_000);
  },
};
const locks = { lockDuration: 600_000, stalledInterval: 30_000, maxStalledCount: 3, drainDelay: 5 };
const worker = new Worker(queue, handlers[work], { connection: redis, prefix: `${prefix}:bull`, concurrency: Number(concurrency), ...locks });
worker.on('error', (error) => console.error(error.message));
await worker.waitUntilReady();
process.send({ type: 'ready' });
process.on('disconnect', () => process.exit());
