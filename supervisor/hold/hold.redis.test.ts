import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import type { Identity } from '../process/types.js';
import { QueueRegistry } from '../queues/queue-registry.js';
import { isOfNode } from '../queues/recovery.js';
import { Hold } from './hold.js';
import { HoldStore } from './hold-store.js';

const clock = systemClock;
const log = silentLog;
const keys = keysFor('roost');
let redis: TestRedis;
let connection: Redis;
let registry: QueueRegistry;
let dir: string;
const ends: (() => unknown)[] = [];

const identity = (pid: number): Identity => ({ pid, startedAt: '1', bootId: 'b' });

function build() {
  const held: boolean[] = [];
  const cancelled: string[] = [];
  const state = { open: true, busy: [] as { name: string; pid: number }[], alive: new Set<number>(), onCancel: (_id: string): void => undefined };
  const hold = new Hold({
    clock,
    log,
    store: new HoldStore({ file: join(dir, 'hold.json'), clock, key: keys.hold, node: 'n1' }),
    desk: () =>
      state.open
        ? {
            connection,
            registry,
            turns: {
              cancel: async (id) => {
                cancelled.push(id);
                state.onCancel(id);
              },
            },
          }
        : undefined,
    ours: (job, queue) => isOfNode(job, queue, 'n1'),
    pool: { hold: (on) => void held.push(on), busy: () => state.busy },
    aim: async () => async () => {
      state.busy = [];
      return [
        { kind: 'agent', name: 'agent-1', identity: identity(101) },
        { kind: 'worker', name: 'worker-turns', identity: identity(102) },
      ];
    },
    lives: ({ pid }) => state.alive.has(pid),
  });
  ends.unshift(() => hold.stop());
  return { hold, held, cancelled, state };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-hold-'));
  redis = await startTestRedis();
  connection = connect(redis.address, 'calls', 'test', log);
  await whenReady(clock, connection, 30_000);
  registry = new QueueRegistry({ queues: () => ['turns', 'coach'], address: () => redis.address, keys, node: 'n1', clock, log });
  await registry.open();
  ends.push(
    () => registry.close(),
    () => connection.disconnect(),
    () => redis.stop(),
    () => rm(dir, { recursive: true, force: true }),
  );
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A worker that ends a job when it is told to. */
function worker(): { ran: string[]; finish: () => void } {
  let finish = (): void => undefined;
  const ran: string[] = [];
  const blocking = connect(redis.address, 'blocking', 'worker', log);
  const it = new Worker(
    'turns.n1',
    (job) => {
      ran.push(job.id ?? '');
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
    { connection: blocking, prefix: keys.bull, name: 'n1.worker-turns', concurrency: 5 },
  );
  it.on('error', () => undefined);
  ends.unshift(async () => {
    finish();
    await it.close(true);
    blocking.disconnect();
  });
  return { ran, finish: () => finish() };
}

it('hold stops new work, keeps what runs, and release resumes exactly what it paused', async () => {
  await registry.pause('coach');
  const { hold, held } = build();
  const { ran, finish } = worker();
  await registry.addTurn({ turnId: 'running', sessionId: 's' });
  await vi.waitFor(() => expect(ran).toEqual(['running']), 60_000);

  expect(await hold.set('hold')).toMatchObject({ level: 'hold', queues: ['turns'], complete: true, survivors: [{ kind: 'job', name: 'running' }] });
  expect(() => hold.refuseWork()).toThrow(expect.objectContaining({ code: 'held' }));
  expect(held).toEqual([true]);
  await registry.addTurn({ turnId: 'later', sessionId: 's2' });
  finish();
  await vi.waitFor(async () => expect(await registry.active('turns')).toEqual([]), 60_000);
  await hold.set('hold');
  expect(hold.view?.survivors).toEqual([]);
  expect(ran).toEqual(['running']);
  expect(JSON.parse((await connection.hget('roost:hold', 'n1')) ?? '')).toMatchObject({ level: 'hold', queues: ['turns'] });

  expect(await hold.release()).toEqual({ released: true, queues: ['turns'] });
  await vi.waitFor(() => expect(ran).toEqual(['running', 'later']), 60_000);
  expect(await registry.isPaused('coach')).toBe(true);
  expect(held.at(-1)).toBe(false);
  expect(hold.view).toBeNull();
  expect(() => hold.refuseWork()).not.toThrow();
  expect(await connection.exists('roost:hold')).toBe(0);
  expect(await readdir(dir)).toEqual([]);
  expect(await hold.release()).toEqual({ released: false, queues: [] });
});

it('interrupt cancels the running turns and waits until they have ended', async () => {
  const { hold, cancelled, state } = build();
  const { ran, finish } = worker();
  await registry.addTurn({ turnId: 't1', sessionId: 's' });
  await vi.waitFor(() => expect(ran).toEqual(['t1']), 60_000);
  state.busy = [{ name: 'agent-1', pid: 7 }];
  state.onCancel = () => {
    finish();
    state.busy = [];
  };
  expect(await hold.set('interrupt')).toMatchObject({ level: 'interrupt', survivors: [] });
  expect(cancelled).toEqual(['t1']);
});

it('kill lists by identity what still lives, and a lower level afterwards weakens nothing', async () => {
  const { hold, state } = build();
  state.alive.add(101);
  expect(await hold.set('kill')).toMatchObject({
    level: 'kill',
    survivors: [{ kind: 'agent', name: 'agent-1', pid: 101, detail: 'still lives after SIGKILL' }],
  });
  state.alive.clear();
  expect(await hold.set('hold')).toMatchObject({ level: 'kill', survivors: [] });
});

it('outlives a restart: what the run before paused is known and released', async () => {
  await build().hold.set('interrupt');
  const { hold, held } = build();
  await hold.recall();
  expect(hold.view).toMatchObject({ level: 'interrupt' });
  expect(held).toEqual([true]);
  await hold.rejoin();
  expect(hold.view).toMatchObject({ level: 'interrupt', queues: ['turns', 'coach'], complete: true });
  await hold.release();
  expect(await registry.isPaused('turns')).toBe(false);
  expect(await registry.isPaused('coach')).toBe(false);
});

it('is in force while Redis is away and completed when it is back; a release has to wait for it', async () => {
  const { hold, state } = build();
  await hold.recall();
  state.open = false;
  expect(await hold.set('hold')).toMatchObject({ complete: false, queues: [] });
  expect(() => hold.refuseWork()).toThrow(expect.objectContaining({ code: 'held' }));
  await expect(hold.release()).rejects.toMatchObject({ code: 'redis-unavailable' });
  expect(await readdir(dir)).toEqual(['hold.json']);
  state.open = true;
  await vi.waitFor(() => expect(hold.view).toMatchObject({ complete: true, queues: ['turns', 'coach'] }), 60_000);
  expect(await registry.isPaused('turns')).toBe(true);
});

it('a file that cannot be read still means a stop', async () => {
  await writeFile(join(dir, 'hold.json'), '{"level": 7');
  const { hold } = build();
  await hold.recall();
  expect(hold.view).toMatchObject({ level: 'hold' });
});
