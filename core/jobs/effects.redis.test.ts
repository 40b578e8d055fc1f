import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../base/log.js';
import { connect, type Redis } from '../redis/connection.js';
import { keysFor } from '../redis/keys.js';
import { startTestRedis, type TestRedis } from '../redis/test-redis.js';
import { commitEffect } from './effects.js';

const keys = keysFor('test');
let server: TestRedis;
let redis: Redis;
let queue: Queue;
let worker: Worker;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  queue = new Queue('analysis', { connection: redis, prefix: keys.bull });
  worker = new Worker('analysis', null, { connection: redis, prefix: keys.bull });
});
afterAll(async () => {
  await worker.close(true);
  await queue.close();
  redis.disconnect();
  await server.stop();
});

const attempt = (jobId: string, fence: number) => ({ physicalQueue: 'analysis', jobId, fence });

it('J3: an effect that was committed before the process died is told again, not done again', async () => {
  await queue.add('x', {}, { jobId: 'j3' });
  const first = await worker.getNextJob('t1', { block: false });
  expect(await commitEffect(redis, keys, attempt('j3', first?.attemptsStarted ?? 0), 'paid', { by: 'first' })).toEqual({ by: 'first' });
  await first?.moveToWait('t1');
  const second = await worker.getNextJob('t2', { block: false });
  expect(second?.attemptsStarted).toBe(2);
  expect(await commitEffect(redis, keys, attempt('j3', 2), 'paid', { by: 'second' })).toEqual({ by: 'first' });
  expect(await commitEffect(redis, keys, attempt('j3', 2), 'sent', null)).toBeNull();
  await second?.moveToCompleted(null, 't2', false);
});

it('J4: a start that was given up changes nothing any more, nor one of a job that is gone', async () => {
  await queue.add('x', {}, { jobId: 'j4' });
  const old = await worker.getNextJob('t1', { block: false });
  await old?.moveToWait('t1');
  const now = await worker.getNextJob('t2', { block: false });
  await expect(commitEffect(redis, keys, attempt('j4', old?.attemptsStarted ?? 0), 'paid', 'old')).rejects.toMatchObject({ code: 'conflict' });
  expect(await commitEffect(redis, keys, attempt('j4', now?.attemptsStarted ?? 0), 'paid', 'new')).toBe('new');
  await now?.moveToCompleted(null, 't2', false);
  await queue.remove('j4');
  await expect(commitEffect(redis, keys, attempt('j4', 2), 'paid', 'late')).rejects.toMatchObject({ code: 'conflict' });
});
