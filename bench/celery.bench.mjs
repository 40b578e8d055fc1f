import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { end, program, start } from './lib/children.mjs';
import { median, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { benchmark, ratioAtLeast, row } from './lib/report.mjs';
import { startWorker } from './lib/roost.mjs';
import { until } from './lib/wait.mjs';

const python = '/usr/bin/python3';
const rounds = 2;
const loads = [
  { concurrency: 1, jobs: 1_500 },
  { concurrency: 10, jobs: 1_500 },
  { concurrency: 50, jobs: 1_500 },
];
const keep = { removeOnComplete: { count: 1_000, age: 7 * 86_400 }, removeOnFail: { count: 5_000, age: 30 * 86_400 } };

const found = existsSync(python) ? spawnSync(python, ['-c', 'import celery, redis; print(celery.__version__)'], { encoding: 'utf8' }) : undefined;
if (found?.status !== 0) {
  console.log('celery: skipped, Celery for Python is not installed here (Debian: apt-get install python3-celery python3-redis)');
  process.exit();
}

const app = (redis, ...args) => start(python, [program('celery_app').replace(/\.mjs$/, '.py'), ...args], { env: celeryEnv(redis), stdio: 'inherit' });
const celeryEnv = (redis) => ({
  PATH: '/usr/bin:/bin',
  HOME: '/tmp',
  C_FORCE_ROOT: '1',
  BENCH_SOCKET: redis.path,
  PYTHONPATH: dirname(program('x')),
  PYTHONDONTWRITEBYTECODE: '1',
});
const done = (child) =>
  new Promise((resolve, reject) => child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`python ended with ${code}`)))));

/** Jobs per second from the moment the worker may take the filled queue until nothing waits or runs. */
async function celeryRound(redis, connection, { concurrency, jobs }) {
  await connection.flushall();
  await done(app(redis, 'fill', String(jobs)));
  const args = ['-m', 'celery', '-A', 'celery_app', 'worker', '-c', String(concurrency), '-l', 'ERROR', '--without-gossip', '--without-mingle', '-Q', 'idle'];
  const worker = start(python, args, { env: celeryEnv(redis), stdio: 'ignore' });
  const beginning = until('the worker to answer', async () => (await connection.exists('_kombu.binding.celery.pidbox')) === 1, { everyMs: 50 });
  await beginning;
  // Its children fork before it listens; what Celery needs to start is not measured.
  await until(
    'its children',
    async () => spawnSync('/usr/bin/pgrep', ['-c', '-P', String(worker.pid)], { encoding: 'utf8' }).stdout.trim() === String(concurrency),
    { everyMs: 100 },
  );
  const begin = app(redis, 'begin');
  await until('the first job', async () => (await connection.llen('bench')) < jobs, { everyMs: 2 });
  const startedMs = performance.now();
  await until('an empty queue', async () => (await connection.llen('bench')) + (await connection.hlen('unacked')) === 0, { everyMs: 10, deadlineMs: 60_000 });
  const perSecond = (jobs * 1_000) / (performance.now() - startedMs);
  if ((await connection.exists('bench:celery:mark')) === 0) throw new Error('the tasks did not write their key');
  await done(begin).catch(() => undefined);
  await end(worker, 'SIGTERM', 10_000);
  return perSecond;
}

async function roostRound(redis, connection, { concurrency, jobs }, round) {
  await connection.flushall();
  const node = `c${concurrency}x${round}`;
  const queue = new Queue(`turns.${node}`, { connection, prefix: 'bench:bull' });
  await queue.pause();
  await queue.addBulk(Array.from({ length: jobs }, (_, i) => ({ name: 'canary', data: { nonce: `n${i}`, queue: 'turns' }, opts: keep })));
  const worker = await startWorker({ redis, node, queues: ['turns'], concurrency });
  const startedMs = performance.now();
  await queue.resume();
  await until(
    'an empty queue',
    async () => {
      const { wait = 0, paused = 0, active = 0 } = await queue.getJobCounts('wait', 'paused', 'active');
      return wait + paused + active === 0;
    },
    { everyMs: 10 },
  );
  const perSecond = (jobs * 1_000) / (performance.now() - startedMs);
  if ((await connection.exists('bench:canary:turns')) === 0) throw new Error('the jobs did not write their key');
  await worker.stop();
  await queue.close();
  return perSecond;
}

await benchmark(import.meta.filename, `Throughput against Celery ${found.stdout.trim()} on the same Redis, jobs that do one SET`, async () => {
  const redis = await startRedis();
  const connection = new Redis({ path: redis.path, maxRetriesPerRequest: null });
  const details = [];
  for (const load of loads) {
    const rates = { celery: [], roost: [] };
    for (let round = 0; round < rounds; round++) {
      rates.celery.push(await celeryRound(redis, connection, load));
      rates.roost.push(await roostRound(redis, connection, load, round));
    }
    details.push({ ...load, rates });
  }
  connection.disconnect();
  await redis.stop();
  return {
    rows: details.map(({ concurrency, rates }) =>
      row(`concurrency ${concurrency}`, 'jobs/s', median(rates.celery), median(rates.roost), { aim: ratioAtLeast(1), n: rounds }),
    ),
    notes: [
      'Celery: prefork pool, late acknowledgement, no results kept; Roost acknowledges late and keeps each result. Both queues were filled before.',
      `All rounds of Celery: ${details.map(({ rates }) => rates.celery.map(shown).join(', ')).join('; ')} jobs/s.`,
    ],
    details,
  };
});
