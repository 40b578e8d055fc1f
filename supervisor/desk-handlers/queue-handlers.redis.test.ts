import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import type { HandlerParts } from '../handler-parts.js';
import { JobControl } from '../queues/control/job-control.js';
import { QueueRegistry } from '../queues/queue-registry.js';
import { queueHandlers } from './queue-handlers.js';

let redis: TestRedis;
let registry: QueueRegistry;
let recorded: string[];
let auditFails: boolean;
let held: boolean;
let handlers: ReturnType<typeof queueHandlers>;
const signal = new AbortController().signal;

beforeEach(async () => {
  redis = await startTestRedis();
  registry = new QueueRegistry({
    address: () => redis.address,
    queues: () => ['turns', 'trends'],
    keys: keysFor('roost'),
    node: 'n1',
    clock: systemClock,
    log: silentLog,
  });
  await registry.open();
  recorded = [];
  [auditFails, held] = [false, false];
  const jobs = new JobControl({
    queue: (name) => registry.queue(name),
    redis: () => registry.redis,
    clock: systemClock,
    log: silentLog,
    addJob: async (queue, name, data, wish) => (await registry.addJob(queue, name, data, wish)).id,
    cancelTurn: async () => undefined,
    cancels: { ask: async () => undefined, withdraw: async () => undefined, all: async () => [] },
    onCancelled: () => undefined,
  });
  // Only what these methods touch.
  handlers = queueHandlers({
    clock: systemClock,
    desk: () => ({ registry, jobs }),
    audit: {
      record: async ({ act, target }: { act: string; target: string }) => {
        if (auditFails) throw new RoostError('audit-failed', 'no room');
        recorded.push(`${act} ${target}`);
      },
    },
    hold: {
      refuseWork: () => {
        if (held) throw new RoostError('held', 'held');
      },
    },
    touched: () => undefined,
  } as unknown as HandlerParts);
});
afterEach(async () => {
  await registry.close();
  await redis.stop();
});

const add = async (delayMs?: number): Promise<string> =>
  (await registry.addJob('trends', 'command', { argv: ['true'] }, delayMs === undefined ? {} : { delayMs })).id;
const states = async (): Promise<Record<string, number>> => registry.queue('trends').getJobCounts('waiting', 'delayed', 'failed');

describe('acts of a person', () => {
  it('do not happen when they cannot be recorded', async () => {
    const [waiting, delayed] = [await add(), await add(60_000)];
    auditFails = true;
    const refused = { code: 'audit-failed' };
    await expect(handlers['job.cancel']({ queue: 'trends', id: waiting }, signal)).rejects.toMatchObject(refused);
    await expect(handlers['job.remove']({ queue: 'trends', id: waiting }, signal)).rejects.toMatchObject(refused);
    await expect(handlers['job.promote']({ queue: 'trends', id: delayed }, signal)).rejects.toMatchObject(refused);
    await expect(handlers['job.duplicate']({ queue: 'trends', id: waiting }, signal)).rejects.toMatchObject(refused);
    await expect(handlers['queue.clean']({ queue: 'trends', state: 'waiting', olderThanMs: 0, limit: 10 }, signal)).rejects.toMatchObject(refused);
    await expect(handlers['queue.pause']({ queue: 'trends' }, signal)).rejects.toMatchObject(refused);
    expect(await states()).toMatchObject({ waiting: 1, delayed: 1 });
    expect(await registry.isPaused('trends')).toBe(false);
  });

  it('are recorded with their target before they are done, and not at all when they are not possible', async () => {
    const id = await add();
    await expect(handlers['job.promote']({ queue: 'trends', id }, signal)).rejects.toMatchObject({ code: 'conflict' });
    await handlers['queue.pause']({ queue: 'trends' }, signal);
    await handlers['queue.pause']({ queue: 'trends' }, signal);
    await handlers['job.cancel']({ queue: 'trends', id }, signal);
    expect(recorded).toEqual(['queue.pause trends', `job.cancel trends/${id}`]);
  });

  it('that begin new work are refused while everything is held; stopping work is not', async () => {
    const id = await add();
    await registry.pause('trends');
    held = true;
    await expect(handlers['queue.resume']({ queue: 'trends' }, signal)).rejects.toMatchObject({ code: 'held' });
    await expect(handlers['queue.resumeAll']({}, signal)).rejects.toMatchObject({ code: 'held' });
    await expect(handlers['job.duplicate']({ queue: 'trends', id }, signal)).rejects.toMatchObject({ code: 'held' });
    await expect(handlers['queue.retryFailed']({ queue: 'trends' }, signal)).rejects.toMatchObject({ code: 'held' });
    expect(await handlers['job.cancel']({ queue: 'trends', id }, signal)).toMatchObject({ status: 'cancelled' });
    expect(await registry.isPaused('trends')).toBe(true);
  });

  it('on all queues name those that changed, and an unknown one changes none', async () => {
    await registry.pause('turns');
    expect(await handlers['queue.pauseAll']({}, signal)).toEqual({ paused: ['trends'] });
    expect(await handlers['queue.resumeAll']({}, signal)).toEqual({ resumed: ['turns', 'trends'] });
    await expect(handlers['queue.pause']({ queue: 'nowhere' }, signal)).rejects.toMatchObject({ code: 'not-found', field: 'queue' });
  });

  it('on all queues happen in the order they were asked for, however long the first one takes', async () => {
    const [first, second] = [handlers['queue.pauseAll']({}, signal), handlers['queue.resumeAll']({}, signal)];
    expect([await first, await second]).toEqual([{ paused: ['turns', 'trends'] }, { resumed: ['turns', 'trends'] }]);
    expect([await registry.isPaused('turns'), await registry.isPaused('trends')]).toEqual([false, false]);
  });
});
