import { Queue, Worker } from 'bullmq';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { endedField } from '../../core/jobs/ended.js';
import { connect, type Redis } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { untoldEnds } from './untold-ends.js';

const keys = keysFor('roost');
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 20 });

let server: TestRedis;
let redis: Redis;
let queue: Queue;
let worker: Worker;

beforeEach(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  queue = new Queue('trends', { connection: redis, prefix: keys.bull });
  worker = new Worker(
    'trends',
    async (job: { data: { fail?: boolean } }) => {
      if (job.data.fail === true) throw new Error('deadline: too long');
    },
    { connection: redis, prefix: keys.bull, name: 'n1.worker-jobs' },
  );
  worker.on('error', () => undefined);
});
afterEach(async () => {
  await worker.close(true);
  await queue.close();
  redis.disconnect();
  await server.stop();
});

const look = (isDead: (worker: string) => boolean = () => true) =>
  untoldEnds({ redis, stream: keys.jobsEnded, node: 'n1', sources: [{ queue: 'trends', prefix: queue.toKey('') }], isDead });
const run = async (id: string, data: object = {}): Promise<void> => {
  await queue.add('scan', data, { jobId: id });
  await until(async () => expect(['completed', 'failed']).toContain(await queue.getJobState(id)));
};

it('finds what a killed worker finished and did not tell, and nothing twice', async () => {
  await run('told');
  const t = Number(await redis.hget(queue.toKey('told'), 'finishedOn'));
  await redis.xadd(
    keys.jobsEnded,
    '*',
    endedField,
    JSON.stringify([{ q: 'trends', n: 'scan', i: 'told', o: 'completed', t, a: 1, k: 'n1.worker-jobs', d: 'n1' }]),
  );
  await run('untold');
  await run('broken', { fail: true });
  // Its process dies here, before it tells of these.
  expect(await look((name) => name === 'n1.other')).toEqual([]);
  const found = await look();
  expect(found.map(({ i, o }) => [i, o])).toEqual([
    ['untold', 'completed'],
    ['broken', 'failed'],
  ]);
  expect(found[1]).toMatchObject({ q: 'trends', n: 'scan', a: 1, k: 'n1.worker-jobs', d: 'n1', c: 'deadline', e: 'deadline: too long' });
  expect(found[0]?.r).toBeGreaterThanOrEqual(0);
  await redis.xadd(keys.jobsEnded, '*', endedField, JSON.stringify(found));
  expect(await look()).toEqual([]);
});

it('invents nothing where there is no record to go by', async () => {
  await run('old');
  expect(await look()).toEqual([]);
  await redis.xadd(keys.jobsEnded, '*', endedField, JSON.stringify([{ q: 'trends', n: 'scan', i: 'far', o: 'completed', t: Date.now(), a: 1, d: 'n2' }]));
  expect(await look()).toEqual([]);
  // A record much later than those jobs: they were told long ago.
  await redis.xadd(
    keys.jobsEnded,
    '*',
    endedField,
    JSON.stringify([{ q: 'trends', n: 'scan', i: 'late', o: 'completed', t: Date.now() + 60_000, a: 1, d: 'n1' }]),
  );
  expect(await look()).toEqual([]);
});
