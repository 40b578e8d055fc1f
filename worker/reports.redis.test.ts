import { Queue, UnrecoverableError, Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../core/base/clock.js';
import { silentLog } from '../core/base/log.js';
import { type Ended, parseBatch } from '../core/jobs/ended.js';
import { askToCancel, livingWorkers, tellAlive } from '../core/jobs/presence.js';
import { connect, type Redis } from '../core/redis/connection.js';
import { keysFor } from '../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../core/redis/test-redis.js';
import { Reports } from './reports.js';

const keys = keysFor('test');
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 20 });

let server: TestRedis;
let redis: Redis;
let queue: Queue;
let worker: Worker;
let reports: Reports;
const cancels: string[] = [];

beforeEach(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'worker', silentLog);
  queue = new Queue('trends', { connection: redis, prefix: keys.bull });
  worker = new Worker(
    'trends',
    async (job: { data: { fail?: string; forGood?: boolean } }) => {
      if (job.data.forGood === true) throw new UnrecoverableError(job.data.fail);
      if (job.data.fail !== undefined) throw new Error(job.data.fail);
    },
    { connection: redis, prefix: keys.bull, name: 'n1.worker-jobs' },
  );
  worker.on('error', () => undefined);
  cancels.length = 0;
  reports = new Reports({
    redis,
    keys,
    worker: 'n1.worker-jobs',
    node: 'n1',
    clock: systemClock,
    log: silentLog,
    slots: () => ({ trends: 3 }),
    busy: () => ({ trends: 1 }),
    cancel: (name, id) => void cancels.push(`${name} ${id}`),
  });
  reports.watch('trends', 'trends', worker);
  reports.start();
});
afterEach(async () => {
  await worker.close(true);
  await queue.close();
  redis.disconnect();
  await server.stop();
});

async function told(): Promise<Ended[]> {
  const entries = await redis.xrange(keys.jobsEnded, '-', '+');
  return entries.flatMap(([, fields]) => parseBatch(fields[1] ?? ''));
}

describe('what a worker tells everybody', () => {
  it('is each end once: name, outcome, how long it waited and ran, tries, and why it failed', async () => {
    await queue.add('scan', {}, { jobId: 'good' });
    await queue.add('scan', { fail: 'deadline: it took too long', forGood: true }, { jobId: 'late', attempts: 3 });
    await queue.add('scan', { fail: 'the feed is down' }, { jobId: 'twice', attempts: 2, backoff: 20 });
    await queue.add('canary', {}, { jobId: 'canary-1' });
    await until(async () => expect(await told()).toHaveLength(3));
    const by = Object.fromEntries((await told()).map((one) => [one.i, one]));
    expect(by['good']).toMatchObject({ q: 'trends', n: 'scan', o: 'completed', a: 1, k: 'n1.worker-jobs', d: 'n1' });
    // The same moment as in the job: by it a record is known again.
    expect(by['good']?.t).toBe(Number(await redis.hget(`${keys.bull}:trends:good`, 'finishedOn')));
    expect(by['twice']?.t).toBe(Number(await redis.hget(`${keys.bull}:trends:twice`, 'finishedOn')));
    expect(by['good']?.w).toBeGreaterThanOrEqual(0);
    expect(by['good']?.r).toBeGreaterThanOrEqual(0);
    expect(by['late']).toMatchObject({ o: 'failed', a: 1, c: 'deadline', e: 'deadline: it took too long' });
    expect(by['twice']).toMatchObject({ o: 'failed', a: 2, c: 'error', e: 'the feed is down' });
    expect(by['twice']).not.toHaveProperty('w');
    const tries = JSON.parse((await redis.hget(`${keys.bull}:trends:twice`, 'roostTries')) ?? '[]');
    expect(tries).toMatchObject([
      { n: 1, k: 'n1.worker-jobs', e: 'the feed is down' },
      { n: 2, e: 'the feed is down' },
    ]);
  });

  it('loses nothing of what it holds when it stops', async () => {
    await queue.addBulk(Array.from({ length: 350 }, (_, at) => ({ name: 'scan', data: {}, opts: { jobId: `b-${at}` } })));
    await until(async () => expect(await queue.getCompletedCount()).toBe(350));
    await reports.stop();
    expect(new Set((await told()).map(({ i }) => i)).size).toBe(350);
    expect(await livingWorkers(redis, keys)).toEqual([]);
  });

  it('is that it lives, and it hears within a second or so of jobs nobody wants', async () => {
    await until(async () => expect(await livingWorkers(redis, keys)).toHaveLength(1));
    expect((await livingWorkers(redis, keys))[0]).toMatchObject({
      worker: 'n1.worker-jobs',
      node: 'n1',
      pid: process.pid,
      slots: { trends: 3 },
      busy: { trends: 1 },
    });
    await askToCancel(redis, keys, 'trends', 'repeat:x:17');
    await until(() => expect(cancels).toContain('trends repeat:x:17'));
  });

  it('is over when it falls silent, by the clock of the server', async () => {
    const facts = { node: 'n2', host: 'far', pid: 1, startedAtMs: 0, slots: {}, busy: {} };
    await tellAlive(redis, keys, 'n2.worker', facts);
    await redis.zincrby(keys.workers, -11_000, 'n2.worker');
    expect((await livingWorkers(redis, keys)).map((one) => one.worker)).not.toContain('n2.worker');
    await redis.zincrby(keys.workers, -60_000, 'n2.worker');
    await tellAlive(redis, keys, 'n1.worker-jobs', facts);
    expect(await redis.hexists(keys.workerFacts, 'n2.worker')).toBe(0);
  });
});
