import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { end, firstMessage, program, startForked } from './lib/children.mjs';
import { median, percentile, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { benchmark, ratioAtLeast, row } from './lib/report.mjs';
import { startWorker } from './lib/roost.mjs';
import { until } from './lib/wait.mjs';

const rounds = 12;
/** Rounds that let both processes compile their hot code. */
const warmUps = 2;
/** Jobs per round: some tenths of a second each, so that a noisy neighbour hits both sides of a pair. */
const loads = [
  { concurrency: 1, jobs: 4_000 },
  { concurrency: 10, jobs: 6_000 },
  { concurrency: 50, jobs: 6_000 },
];
const batch = 2_000;
const prefix = 'bench';
const keep = { removeOnComplete: { count: 1_000, age: 7 * 86_400 }, removeOnFail: { count: 5_000, age: 30 * 86_400 } };

/** Jobs per second from the moment a filled queue is released to the last job's own finishing time. */
async function drained(queue, connection, mark, jobs) {
  await connection.del(mark);
  await queue.pause();
  for (let added = 0; added < jobs; added += batch)
    await queue.addBulk(Array.from({ length: batch }, (_, i) => ({ name: 'canary', data: { nonce: `n${added + i}`, queue: 'turns' }, opts: keep })));
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
  if ((await connection.exists(mark)) === 0) throw new Error(`the jobs did not write ${mark}`);
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

  const marks = { bare: `${prefix}:canary:bare`, roost: `${prefix}:canary:turns` };
  const rates = { bare: [], roost: [] };
  for (let round = -warmUps; round < rounds; round++) {
    // The first of a pair changes each time, so that neither side always runs on the warmer machine.
    const order = round % 2 === 0 ? ['bare', 'roost'] : ['roost', 'bare'];
    for (const side of order) {
      const perSecond = await drained(queues[side], connection, marks[side], jobs);
      if (round >= 0) rates[side].push(perSecond);
    }
  }
  await end(bare);
  await roost.stop();
  for (const queue of Object.values(queues)) await queue.close();
  connection.disconnect();
  return rates;
}

const pairs = ({ bare, roost }) => roost.map((rate, i) => rate / bare[i]);

await benchmark(import.meta.filename, 'Throughput of one worker process, jobs that do one SET', async () => {
  const redis = await startRedis();
  const admin = new Redis({ path: redis.path });
  // A rewrite of the file in the middle of one round would be charged to that side alone.
  await admin.config('SET', 'auto-aof-rewrite-percentage', '0');
  const details = [];
  for (const load of loads) details.push({ ...load, rates: await measure(redis, load) });
  admin.disconnect();
  await redis.stop();
  return {
    rows: details.map(({ concurrency, rates }) => {
      const ratio = median(pairs(rates));
      return row(`concurrency ${concurrency}`, 'jobs/s', median(rates.bare), median(rates.roost), { ratio, aim: ratioAtLeast(0.9), n: rounds });
    }),
    notes: [
      'The ratio is the median over pairs of rounds that ran next to each other.',
      ...details.map(({ concurrency, rates }) => {
        const ratios = pairs(rates);
        return `Concurrency ${concurrency}: half of the pairs lie between ${shown(percentile(ratios, 0.25))} and ${shown(percentile(ratios, 0.75))}.`;
      }),
    ],
    details,
  };
});
