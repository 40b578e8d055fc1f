import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { end, firstMessage, program, startForked } from './lib/children.mjs';
import { median, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { benchmark, ratioAtLeast, row } from './lib/report.mjs';
import { startWorker } from './lib/roost.mjs';
import { until } from './lib/wait.mjs';

const rounds = 6;
/** Jobs per round: about a second of work each. */
const loads = [
  { concurrency: 1, jobs: 2_000 },
  { concurrency: 10, jobs: 5_000 },
  { concurrency: 50, jobs: 5_000 },
];
const prefix = 'bench';
const keep = { removeOnComplete: { count: 1_000, age: 7 * 86_400 }, removeOnFail: { count: 5_000, age: 30 * 86_400 } };

/** Jobs per second from the moment a filled queue is released to the last job's own finishing time. */
async function drained(queue, connection, jobs) {
  await queue.pause();
  await queue.addBulk(Array.from({ length: jobs }, (_, i) => ({ name: 'canary', data: { nonce: `n${i}`, queue: 'turns' }, opts: keep })));
  const startedAt = Date.now();
  await queue.resume();
  await until(
    'an empty queue',
    async () => {
      const { wait = 0, paused = 0, active = 0 } = await queue.getJobCounts('wait', 'paused', 'active');
      return wait + paused + active === 0;
    },
    { everyMs: 20 },
  );
  const failed = await queue.getFailedCount();
  if (failed > 0) throw new Error(`${failed} jobs failed`);
  const [, lastAt] = await connection.zrevrange(queue.toKey('completed'), 0, 0, 'WITHSCORES');
  return (jobs * 1_000) / (Number(lastAt) - startedAt);
}

async function measure(redis, { concurrency, jobs }) {
  const connection = new Redis({ path: redis.path, maxRetriesPerRequest: null });
  const node = `n${concurrency}`;
  const queueOf = (name) => new Queue(name, { connection, prefix: `${prefix}:bull` });
  const queues = { bare: queueOf(`bare.${node}`), roost: queueOf(`turns.${node}`) };
  const bare = startForked(program('queue-worker'), [redis.path, prefix, `bare.${node}`, String(concurrency), 'set']);
  await firstMessage(bare, (message) => message.type === 'ready');
  const roost = await startWorker({ redis, prefix, node, queues: ['turns'], concurrency });

  const rates = { bare: [], roost: [] };
  for (let round = -1; round < rounds; round++) {
    // The first of a pair changes each time, so that neither side always runs on the warmer machine.
    const order = round % 2 === 0 ? ['bare', 'roost'] : ['roost', 'bare'];
    for (const side of order) {
      const perSecond = await drained(queues[side], connection, jobs);
      if (round >= 0) rates[side].push(perSecond);
    }
  }
  await end(bare);
  await roost.stop();
  for (const queue of Object.values(queues)) await queue.close();
  connection.disconnect();
  return rates;
}

await benchmark(import.meta.filename, 'Throughput of one worker process, jobs that do one SET', async () => {
  const redis = await startRedis();
  const details = [];
  for (const load of loads) details.push({ ...load, rates: await measure(redis, load) });
  await redis.stop();
  const ratios = ({ rates }) => rates.roost.map((rate, i) => rate / rates.bare[i]).sort((a, b) => a - b);
  return {
    rows: details.map(({ concurrency, rates }) =>
      row(`concurrency ${concurrency}`, 'jobs/s', median(rates.bare), median(rates.roost), { aim: ratioAtLeast(0.9), n: rounds }),
    ),
    notes: details.map((load) => {
      const sorted = ratios(load);
      return `Concurrency ${load.concurrency}: ratio of the single pairs ${shown(sorted[0])} to ${shown(sorted[sorted.length - 1])}, median ${shown(median(sorted))}.`;
    }),
    details,
  };
});
