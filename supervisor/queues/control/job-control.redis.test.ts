import { Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobRow } from '../../../contract/job-views.js';
import { systemClock } from '../../../core/base/clock.js';
import { silentLog } from '../../../core/base/log.js';
import { askToCancel, pendingCancels, withdrawCancel } from '../../../core/jobs/presence.js';
import { connect, type Redis } from '../../../core/redis/connection.js';
import { keysFor } from '../../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../../core/redis/test-redis.js';
import { QueueRegistry } from '../queue-registry.js';
import { JobControl } from './job-control.js';
import { readPage, searchPage } from './job-page.js';

const keys = keysFor('roost');
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 20 });

let redis: TestRedis;
let registry: QueueRegistry;
let control: JobControl;
let turnsCancelled: string[];
let cancelled: JobRow[];
const workers: { worker: Worker; connection: Redis }[] = [];

beforeEach(async () => {
  redis = await startTestRedis();
  registry = new QueueRegistry({
    address: () => redis.address,
    queues: () => ['turns', 'trends', 'analysis'],
    keys,
    node: 'n1',
    clock: systemClock,
    log: silentLog,
  });
  await registry.open();
  turnsCancelled = [];
  cancelled = [];
  control = new JobControl({
    queue: (name) => registry.queue(name),
    redis: () => registry.redis,
    clock: systemClock,
    log: silentLog,
    addJob: async (queue, name, data, options) => (await registry.queue(queue).add(name, data, options)).id ?? '',
    cancelTurn: async (id) => {
      turnsCancelled.push(id);
      await registry.removeTurn(id);
    },
    cancels: {
      ask: (queue, id) => askToCancel(registry.redis, keys, queue, id),
      withdraw: (queue, id) => withdrawCancel(registry.redis, keys, queue, id),
      all: () => pendingCancels(registry.redis, keys),
    },
    onCancelled: (job) => void cancelled.push(job),
  });
});
afterEach(async () => {
  for (const { worker, connection } of workers.splice(0)) {
    await worker.close(true);
    connection.disconnect();
  }
  await registry.close();
  await redis.stop();
});

function work(queue: string, run: (data: { fail?: string; hold?: boolean; back?: boolean }) => Promise<unknown>): Worker {
  const connection = connect(redis.address, 'blocking', 'worker', silentLog);
  const worker = new Worker(queue, async (job) => run(job.data), { connection, prefix: keys.bull, name: 'n1.worker-jobs' });
  worker.on('error', () => undefined);
  workers.push({ worker, connection });
  return worker;
}

const add = async (queue: string, name: string, data: object = {}, options: object = {}): Promise<string> =>
  (await registry.queue(queue).add(name, data, options)).id ?? '';
const stateOf = async (queue: string, id: string): Promise<string> => (await control.get(queue, id)).state;
const page = (state: JobRow['state'], first = 0, last = 49) =>
  readPage({ redis: registry.redis, queue: registry.queue('trends'), name: 'trends', state, clock: systemClock }, first, last);
const search = (text: string, from = 0, most = 50) =>
  searchPage({ redis: registry.redis, queue: registry.queue('trends'), name: 'trends', state: 'waiting', clock: systemClock }, text, from, most);

describe('browsing', () => {
  it('pages what waits in the order it will run, those with a priority behind the others', async () => {
    for (const id of ['a', 'b', 'c']) await add('trends', 'scan', { id }, { jobId: `w-${id}` });
    await add('trends', 'scan', {}, { jobId: 'p-2', priority: 2 });
    await add('trends', 'scan', {}, { jobId: 'p-1', priority: 1 });
    const all = await page('waiting');
    expect([all.total, all.jobs.map(({ id }) => id)]).toEqual([5, ['w-a', 'w-b', 'w-c', 'p-1', 'p-2']]);
    expect((await page('waiting', 2, 3)).jobs.map(({ id }) => id)).toEqual(['w-c', 'p-1']);
    expect((await page('waiting', 5, 9)).jobs).toEqual([]);
    const taken: string[] = [];
    const worker = work('trends', async () => undefined);
    worker.on('completed', (job) => taken.push(job.id ?? ''));
    await until(() => expect(taken).toEqual(['w-a', 'w-b', 'w-c', 'p-1', 'p-2']));
    // Those that ended in the same millisecond have no order of their own.
    expect((await page('completed')).jobs.map(({ id }) => id).sort()).toEqual([...taken].sort());
  });

  it('tells of each job what a list needs, and no more of its data than that', async () => {
    await add('trends', 'scan', { text: 'x'.repeat(5_000) }, { jobId: 'big', attempts: 4, delay: 60_000, priority: 7 });
    const [job] = (await page('delayed')).jobs;
    expect(job).toMatchObject({
      id: 'big',
      queue: 'trends',
      name: 'scan',
      state: 'delayed',
      attempts: 0,
      maxAttempts: 4,
      priority: 7,
      error: null,
      worker: null,
    });
    expect(job?.preview).toHaveLength(200);
    expect(Math.abs((job?.dueAtMs ?? 0) - (job?.createdAtMs ?? 0) - 60_000)).toBeLessThan(50);
  });

  it('searches id, name and data whatever the case, and says how far it looked', async () => {
    await registry
      .queue('trends')
      .addBulk(
        Array.from({ length: 1_000 }, (_, at) => ({ name: 'scan', data: { topic: at === 700 ? 'Emus & Kiwis' : `t${at}` }, opts: { jobId: `j-${at}` } })),
      );
    let [from, found]: [number | null, string[]] = [0, []];
    for (let step = 0; from !== null && step < 1_000; step++) {
      const answer = await search('emus', from);
      found = [...found, ...answer.jobs.map(({ id }) => id)];
      expect(answer.looked).toBeGreaterThan(from);
      from = answer.next;
    }
    expect(found).toEqual(['j-700']);
    expect((await search('j-12')).jobs[0]?.id).toBe('j-12');
    // What Lua would read as a pattern is plain text.
    expect((await search('%d')).jobs).toEqual([]);
    const few = await search('scan', 0, 10);
    expect([few.jobs.length, few.next]).toEqual([10, 10]);
    expect((await search('scan', few.next ?? 0, 10)).jobs[0]?.id).toBe('j-10');
    expect(await search('x', 5_000)).toMatchObject({ looked: 1_000, next: null });
  });
});

describe('one job', () => {
  it('is told whole: data, result, log, tries with their stacks, who ran it', async () => {
    const id = await add('trends', 'scan', { fail: 'the feed is down' }, { attempts: 2, backoff: 10 });
    work('trends', async ({ fail }) => {
      throw new Error(fail);
    });
    await until(async () => expect(await stateOf('trends', id)).toBe('failed'));
    await registry.queue('trends').addJobLog(id, 'looked at 3 feeds');
    const job = await control.get('trends', id);
    expect(job).toMatchObject({
      name: 'scan',
      data: { fail: 'the feed is down' },
      error: 'the feed is down',
      attempts: 2,
      worker: 'n1.worker-jobs',
      logs: ['looked at 3 feeds'],
      logLines: 1,
      deaths: 0,
      turn: null,
      acts: { retry: null, remove: null, duplicate: null },
    });
    expect(job.tries.map(({ attempt, error }) => [attempt, error])).toEqual([
      [1, 'Error: the feed is down'],
      [2, 'Error: the feed is down'],
    ]);
    expect(job.tries[1]?.stack).toContain('job-control.redis.test');
    expect(job.timeline.map(({ kind }) => kind)).toEqual(['added', 'started', 'failed']);
  });

  it('that is not there is not found, one of another queue neither', async () => {
    const id = await add('trends', 'scan');
    await expect(control.get('analysis', id)).rejects.toMatchObject({ code: 'not-found', field: 'id' });
    await expect(control.retry('trends', 'nobody')).rejects.toMatchObject({ code: 'not-found' });
    await expect(control.cancel('nowhere', id)).rejects.toMatchObject({ code: 'not-found', field: 'queue' });
  });

  it('with more data than anybody reads is cut, and says so', async () => {
    const id = await add('trends', 'scan', { text: 'y'.repeat(400_000) });
    const job = await control.get('trends', id);
    expect([job.cut, typeof job.data, String(job.data).length]).toEqual([true, 'string', 300_000]);
    await expect(control.duplicate('trends', id)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('acts', () => {
  it('retry: back in line with all attempts and no deaths', async () => {
    const id = await add('trends', 'scan', { fail: 'no' }, { attempts: 1 });
    const worker = work('trends', async ({ fail }) => {
      throw new Error(fail);
    });
    await until(async () => expect(await stateOf('trends', id)).toBe('failed'));
    await worker.close();
    await registry.redis.hset(registry.queue('trends').toKey(id), 'roostDeaths', 2);
    await control.retry('trends', id);
    expect(await control.get('trends', id)).toMatchObject({ state: 'waiting', attempts: 0, error: null, deaths: 0 });
    await expect(control.retry('trends', id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('it is waiting') });
  });

  it('cancel, remove and promote by state; the others name the state', async () => {
    const [waiting, delayed, later] = [
      await add('trends', 'scan'),
      await add('trends', 'scan', {}, { delay: 60_000 }),
      await add('trends', 'scan', {}, { delay: 60_000 }),
    ];
    await expect(control.promote('trends', waiting)).rejects.toMatchObject({ message: expect.stringContaining('it is waiting') });
    expect(await control.cancel('trends', waiting)).toBe('cancelled');
    await control.promote('trends', later);
    expect(await stateOf('trends', later)).toBe('waiting');
    await control.remove('trends', delayed);
    expect(cancelled.map(({ id, name }) => [id, name])).toEqual([
      [waiting, 'scan'],
      [delayed, 'scan'],
    ]);
    await expect(control.get('trends', delayed)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('cancel of an active job asks its worker, and takes out what comes back for another try', async () => {
    let fail: (error: Error) => void = () => undefined;
    const id = await add('trends', 'scan', {}, { attempts: 5, backoff: { type: 'fixed', delay: 60_000 } });
    work('trends', async () => {
      await new Promise((_resolve, reject) => {
        fail = reject;
      });
    });
    await until(async () => expect(await stateOf('trends', id)).toBe('active'));
    await expect(control.remove('trends', id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('it is active') });
    expect(await control.cancel('trends', id)).toBe('cancelling');
    expect(await pendingCancels(registry.redis, keys)).toEqual([{ queue: 'trends', id }]);
    fail(new Error('aborted'));
    await until(async () => expect(await pendingCancels(registry.redis, keys)).toEqual([]));
    await expect(control.get('trends', id)).rejects.toMatchObject({ code: 'not-found' });
    expect(cancelled).toHaveLength(1);
  });

  it('goes on with a cancel after a restart', async () => {
    const id = await add('trends', 'scan');
    await askToCancel(registry.redis, keys, 'trends', id);
    await control.recall();
    // Already: workers start right after it.
    expect(await pendingCancels(registry.redis, keys)).toEqual([]);
    await expect(control.get('trends', id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('duplicate: same kind, other data', async () => {
    const id = await add('trends', 'scan', { feeds: ['a'] }, { attempts: 4, priority: 3 });
    const copy = await control.duplicate('trends', id, { feeds: ['b'] });
    expect(await control.get('trends', copy)).toMatchObject({ name: 'scan', data: { feeds: ['b'] }, maxAttempts: 4, priority: 3, state: 'waiting' });
    const same = await control.duplicate('trends', id);
    expect(await control.get('trends', same)).toMatchObject({ data: { feeds: ['a'] } });
  });

  it('a turn is cancelled as a turn and never merely removed', async () => {
    await registry.addTurn({ turnId: 't1', sessionId: 's1' });
    expect(await control.get('turns', 't1')).toMatchObject({ turn: { turnId: 't1', sessionId: 's1' } });
    for (const act of ['remove', 'retry', 'duplicate'] as const) await expect(control[act]('turns', 't1')).rejects.toMatchObject({ code: 'conflict' });
    expect(turnsCancelled).toEqual([]);
    expect(await control.cancel('turns', 't1')).toBe('cancelled');
    expect(turnsCancelled).toEqual(['t1']);
  });

  it('the canary is nobody’s', async () => {
    await registry.addCanary('trends', { nonce: 'n', queue: 'trends.n1' });
    await expect(control.cancel('trends', 'canary-n')).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('canary') });
    expect(await control.clean('trends', 'waiting', 0, 100)).toEqual({ removed: 0, left: 1 });
  });
});

describe('many at once', () => {
  it('retries every failed job once, also those that fail again at once, the oldest first', async () => {
    const runs: string[] = [];
    await registry
      .queue('trends')
      .addBulk(Array.from({ length: 250 }, (_, at) => ({ name: at % 5 === 0 ? 'odd' : 'scan', data: {}, opts: { jobId: `f-${at}` } })));
    const worker = work('trends', async () => {
      throw new Error('no');
    });
    worker.on('failed', (job) => void runs.push(job?.id ?? ''));
    await until(() => expect(runs).toHaveLength(250));
    runs.length = 0;
    const answer = await control.retryFailed('trends', undefined);
    expect([answer.retried, answer.skipped]).toEqual([250, 0]);
    await until(() => expect(runs).toHaveLength(250));
    expect(new Set(runs).size).toBe(250);
    expect(runs[0]).toBe('f-0');
    await worker.close();
    expect(await control.retryFailed('trends', 'odd')).toEqual({ retried: 50, skipped: 0, left: 200 });
  });

  it('leaves what a person cancelled when it retries the rest', async () => {
    await add('trends', 'scan', { fail: 'cancelled: by a person' }, { jobId: 'unwanted' });
    await add('trends', 'scan', { fail: 'the feed is down' }, { jobId: 'broken' });
    const worker = work('trends', async ({ fail }) => {
      throw new Error(fail);
    });
    await until(async () => expect(await registry.queue('trends').getFailedCount()).toBe(2));
    await worker.close();
    expect(await control.retryFailed('trends', undefined)).toEqual({ retried: 1, skipped: 1, left: 1 });
    expect(await stateOf('trends', 'broken')).toBe('waiting');
  });

  it('cleans by state, age and number, the oldest first', async () => {
    for (let at = 10; at < 22; at++) await add('trends', 'scan', {}, { jobId: `c-${at}` });
    const worker = work('trends', async () => undefined);
    await until(async () => expect(await registry.queue('trends').getCompletedCount()).toBe(12));
    await worker.close();
    expect(await control.clean('trends', 'completed', 3_600_000, 100)).toEqual({ removed: 0, left: 12 });
    expect(await control.clean('trends', 'completed', 0, 5)).toEqual({ removed: 5, left: 7 });
    expect((await page('completed')).jobs.map(({ id }) => id)).toEqual(['c-21', 'c-20', 'c-19', 'c-18', 'c-17', 'c-16', 'c-15']);
    await registry.queue('trends').addBulk(Array.from({ length: 230 }, () => ({ name: 'scan', data: {}, opts: { delay: 60_000 } })));
    expect(await control.clean('trends', 'delayed', 0, 10_000)).toEqual({ removed: 230, left: 0 });
    expect(cancelled).toHaveLength(230);
  });

  it('cleans the line of turns turn by turn', async () => {
    for (const id of ['t1', 't2', 't3']) await registry.addTurn({ turnId: id, sessionId: id });
    expect(await control.clean('turns', 'waiting', 0, 2)).toEqual({ removed: 2, left: 1 });
    expect(turnsCancelled.sort()).toEqual(['t1', 't2']);
  });
});
