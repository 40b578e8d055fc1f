import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { end, firstMessage, program, startForked } from './lib/children.mjs';
import { percentile } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { benchmark, ratioAtMost, row } from './lib/report.mjs';
import { startWorker } from './lib/roost.mjs';
import { sleep, timed } from './lib/wait.mjs';

const rounds = 600;
const warmUps = 60;
const pauseMs = 3;

await benchmark(import.meta.filename, 'One job at a time: from add to its end, jobs that do one SET', async () => {
  const redis = await startRedis();
  const connect = () => new Redis({ path: redis.path, maxRetriesPerRequest: null });
  const bare = startForked(program('queue-worker'), [redis.path, 'bench', 'bare.n0', '10', 'set']);
  await firstMessage(bare, (message) => message.type === 'ready');
  const roost = await startWorker({ redis, node: 'n0', queues: ['turns'], concurrency: 10 });
  const side = async (name) => {
    const queue = new Queue(name, { connection: connect(), prefix: 'bench:bull' });
    const events = new QueueEvents(name, { connection: connect(), prefix: 'bench:bull' });
    await events.waitUntilReady();
    return { queue, events, times: [] };
  };
  const sides = { bare: await side('bare.n0'), roost: await side('turns.n0') };
  for (let i = -warmUps; i < rounds; i++) {
    // The first of a pair changes each time, so that a noisy moment does not always hit the same side.
    for (const name of i % 2 === 0 ? ['bare', 'roost'] : ['roost', 'bare']) {
      const { queue, events, times } = sides[name];
      await sleep(pauseMs);
      const ms = await timed(async () => {
        const job = await queue.add('canary', { nonce: `n${i}`, queue: 'turns' }, { removeOnComplete: { count: 1_000 } });
        await job.waitUntilFinished(events, 10_000);
      });
      if (i >= 0) times.push(ms);
    }
  }
  for (const { queue, events } of Object.values(sides)) {
    await events.close();
    await queue.close();
  }
  await end(bare);
  await roost.stop();
  await redis.stop();
  const at = (share) => [percentile(sides.bare.times, share), percentile(sides.roost.times, share)];
  return {
    rows: [row('p50', 'ms', ...at(0.5), { n: rounds }), row('p99', 'ms', ...at(0.99), { aim: ratioAtMost(1.5), n: rounds })],
    details: { bare: sides.bare.times, roost: sides.roost.times },
  };
});
