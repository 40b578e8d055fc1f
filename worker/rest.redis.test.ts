import { expect, it } from 'vitest';
import { sleep, systemClock } from '../core/base/clock.js';
import { jobNames } from '../core/jobs/queues.js';
import { done, keys, node, until, WorkerBench } from './test-worker.js';

const bench = new WorkerBench();
const waiting = (): Promise<number> => bench.queues.turns.getWaitingCount();
/** Long enough for a worker at work to have begun a job a hundred times over. */
const aWhileMs = 300;

it('S13: begins no job while it rests, goes on with the one in hand, and begins again afterwards', async () => {
  await bench.submit('t1');
  const worker = bench.launch();
  await until(() => worker.asked('t1').length === 1);
  worker.tell({ type: 'rest', on: true });
  worker.tell({ type: 'rest', on: true });
  await bench.submit('t2');
  worker.answer('t1', done('four'));
  await until(async () => (await bench.status('t1')) === 'done');
  await sleep(systemClock, aWhileMs);
  expect(worker.asked('t2')).toEqual([]);
  expect(await waiting()).toBe(1);
  worker.tell({ type: 'rest', on: false });
  worker.tell({ type: 'rest', on: false });
  await until(() => worker.asked('t2').length === 1);
  worker.answer('t2', done('five'));
  await until(async () => (await bench.status('t2')) === 'done');
  expect(await bench.turns.get('t2')).toMatchObject({ attempts: 1 });
});

it('S13: hands back unbegun what it was waiting for at the server when the rest began', async () => {
  const worker = bench.launch();
  await worker.ready();
  // By its answer it is known to wait at the server, where nobody can call it away.
  await bench.queues.turns.add(jobNames.canary, { nonce: 'n', queue: `turns.${node}` }, { removeOnComplete: true });
  await until(async () => (await bench.redis.get(keys.canary(`turns.${node}`))) === 'n');
  await sleep(systemClock, aWhileMs);
  worker.tell({ type: 'rest', on: true });
  await bench.submit('t1');
  await bench.submit('t2');
  await sleep(systemClock, aWhileMs);
  expect([worker.asked('t1'), worker.asked('t2')]).toEqual([[], []]);
  await until(async () => (await waiting()) === 2);
  worker.tell({ type: 'rest', on: false });
  await until(() => worker.asked('t1').length + worker.asked('t2').length === 2);
  expect(worker.asked('t1')[0]?.turnId).toBe('t1');
  for (const id of ['t1', 't2']) worker.answer(id, done(id));
  for (const id of ['t1', 't2']) await until(async () => (await bench.status(id)) === 'done');
  const jobs = await Promise.all(['t1', 't2'].map((id) => bench.queues.turns.getJob(id)));
  expect(jobs.map((job) => job?.attemptsMade)).toEqual([1, 1]);
  // Handed back once, not fetched again and again.
  expect(jobs.map((job) => job?.attemptsStarted).filter((starts) => (starts ?? 9) > 2)).toEqual([]);
});

it('S13: one that starts during a rest begins nothing before it is over, and a resume alone changes nothing', async () => {
  await bench.submit('t1');
  const worker = bench.launch({ resting: true });
  await worker.ready();
  await sleep(systemClock, aWhileMs);
  expect(worker.asked('t1')).toEqual([]);
  worker.tell({ type: 'rest', on: false });
  await until(() => worker.asked('t1').length === 1);
  worker.tell({ type: 'rest', on: false });
  worker.answer('t1', done('x'));
  await until(async () => (await bench.status('t1')) === 'done');
});
