import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../core/base/clock.js';
import { roomy } from '../core/base/test-times.js';
import { jobNames } from '../core/jobs/queues.js';
import { done, keys, until, WorkerBench } from './test-worker.js';

const bench = new WorkerBench();

describe('queue worker when it is drained or loses Redis', () => {
  it('finishes what it holds when drained, takes nothing new, and exits 0', async () => {
    await bench.submit('t1');
    const worker = bench.launch();
    await until(() => worker.asked('t1').length === 1);
    worker.tell({ type: 'drain', deadlineMs: 20_000 });
    // Called away from the server, where it would else wait for five seconds.
    await until(async () => /blocked_clients:0\r/.test(await bench.redis.info('clients')), 4_000);
    await bench.queues.turns.add(jobNames.canary, { nonce: 'late', queue: 'late' }, { jobId: 'late' });
    worker.answer('t1', done('four'));
    await until(() => worker.exits.length > 0);
    expect(worker.exits).toEqual([0]);
    expect(worker.ofType('drained')).toHaveLength(1);
    // Not before its last word is on its way.
    expect(worker.lastActs).toEqual(['flushed', 'exit']);
    expect(await bench.status('t1')).toBe('done');
    expect(await bench.queues.turns.getJobState('late')).toBe('waiting');
  });

  it('hands jobs back at the drain deadline, as often as it takes, without spending a try', async () => {
    await bench.submit('t1');
    for (let life = 0; life < 3; life++) {
      const worker = bench.launch();
      await until(() => worker.asked('t1').length === 1);
      const askedMs = systemClock.monoMs();
      worker.tell({ type: 'drain', deadlineMs: 20_000 });
      worker.tell({ type: 'drain', deadlineMs: 50 });
      await until(() => worker.exits.length > 0);
      expect(systemClock.monoMs() - askedMs).toBeLessThan(roomy(2_000));
      expect(await bench.queues.turns.getJobState('t1')).toBe('waiting');
      expect(await bench.queues.turns.getActiveCount()).toBe(0);
    }
    const job = await bench.queues.turns.getJob('t1');
    expect(job).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
    const worker = bench.launch();
    await until(() => worker.asked('t1').length === 1);
    worker.answer('t1', done('four'));
    await until(async () => (await bench.status('t1')) === 'done');
    expect((await bench.arms()).pulls).toBe(1);
  });

  it('ends a turn whose connection to Redis broke in the middle, and goes on consuming', async () => {
    await bench.submit('t1');
    const worker = bench.launch();
    await until(() => worker.asked('t1').length === 1);
    await bench.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    worker.answer('t1', done('four'));
    await until(async () => (await bench.status('t1')) === 'done');
    await bench.queues.turns.add(jobNames.canary, { nonce: 'after', queue: 'after' });
    await until(async () => (await bench.redis.get(keys.canary('after'))) === 'after');
    expect(worker.asked('t1')).toHaveLength(1);
  });

  it('moves to another address of Redis with its jobs', async () => {
    await bench.submit('t1');
    const worker = bench.launch();
    await until(() => worker.asked('t1').length === 1);
    const moved = join(bench.server.dir, 'moved');
    await symlink(join(bench.server.dir, 's'), moved);
    worker.tell({ type: 'redis', redis: { path: moved } });
    await until(() => worker.asked('t1').length === 2);
    worker.answer('t1', done('four'));
    await until(async () => (await bench.status('t1')) === 'done');
    expect(worker.ofType('ready')).toHaveLength(1);
    expect(worker.exits).toEqual([]);
  });

  it('waits for a Redis that is not there yet, and can be drained or given an address meanwhile', async () => {
    const hopeless = bench.launch({ address: { path: join(bench.server.dir, 'nothing') } });
    await until(() => hopeless.ofType('beat').length > 0);
    hopeless.tell({ type: 'drain', deadlineMs: 30_000 });
    await until(() => hopeless.exits.length > 0, 60_000);
    expect(hopeless.exits).toEqual([0]);

    const worker = bench.launch({ address: { path: join(bench.server.dir, 'nothing') } });
    await until(() => worker.ofType('beat').length > 0);
    worker.tell({ type: 'redis', redis: bench.server.address });
    await worker.ready();
    await bench.submit('t1');
    await until(() => worker.asked('t1').length === 1);
    worker.answer('t1', done('four'));
    await until(async () => (await bench.status('t1')) === 'done');
  });
});
