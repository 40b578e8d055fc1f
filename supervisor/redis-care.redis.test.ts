import { Worker } from 'bullmq';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../core/base/clock.js';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { connect, type Redis } from '../core/redis/connection.js';
import { keysFor } from '../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../core/redis/test-redis.js';
import type { Desk } from './desk.js';
import { QueueRegistry } from './queues/queue-registry.js';
import type { RedisHost } from './redis/redis-host.js';
import { RedisCare, type RedisCareOptions } from './redis-care.js';

const keys = keysFor('roost');
let server: TestRedis;
let connection: Redis;
let registry: QueueRegistry;
let clock: ManualClock;
let care: RedisCare;
let held: string[] | undefined;
let trouble: RedisHost['trouble'];
let asked: number;

beforeEach(async () => {
  server = await startTestRedis();
  connection = connect(server.address, 'blocking', 'worker', silentLog);
  registry = new QueueRegistry({ queues: () => ['turns', 'coach'], address: () => server.address, keys, node: 'n1', clock: systemClock, log: silentLog });
  await registry.open();
  clock = new ManualClock();
  held = [];
  trouble = null;
  asked = 0;
  const redis = {
    mode: 'managed',
    get trouble() {
      return trouble;
    },
    needsRecovery: false,
    view: () => ({ state: 'running', detail: '' }),
    onChange: () => () => undefined,
    onReady: () => () => undefined,
  };
  care = new RedisCare({
    redis,
    backups: undefined,
    node: 'n1',
    workers: {
      heldJobs: () => new Set(held),
      heldForSure: () => {
        asked += 1;
        return held === undefined ? undefined : new Set(held);
      },
    },
    clock,
    log: silentLog,
    desk: () => ({ registry }) as Desk,
    closeDesk: async () => false,
    openDesk: async () => undefined,
  } as unknown as RedisCareOptions);
  await care.start();
});
afterEach(async () => {
  await care.stop();
  await registry.close();
  connection.disconnect();
  await server.stop();
});

/** A fetch whose answer nobody ever got: the job is active and in nobody's hands. */
async function lost(id: string): Promise<void> {
  await registry.addTurn({ turnId: id, sessionId: 's' });
  const worker = new Worker('turns.n1', null, { connection, prefix: keys.bull, name: 'n1.worker-turns', autorun: false });
  worker.on('error', () => undefined);
  expect((await worker.getNextJob('a token that died with its worker'))?.id).toBe(id);
  await worker.close(true);
}
const stateOf = (id: string): Promise<string> => registry.queue('turns').getJobState(id);
/** A whole look asks what is held before the queues and again after each of the two. */
const whole = 3;
/** Ten seconds pass; the look is over once it has asked so often. */
async function tenSeconds(asks: number): Promise<void> {
  const before = asked;
  await clock.advance(10_000);
  await vi.waitFor(() => expect(asked).toBe(before + asks), 60_000);
  await registry.depths(() => 1);
}

it('looks every ten seconds for active jobs in nobody’s hands, and puts them back after half a minute', async () => {
  await lost('t1');
  for (let look = 0; look < 3; look++) await tenSeconds(whole);
  expect(await stateOf('t1')).toBe('active');
  await tenSeconds(whole);
  await vi.waitFor(async () => expect(await stateOf('t1')).toBe('waiting'), 60_000);
  expect((await registry.queue('turns').getJob('t1'))?.attemptsMade).toBe(0);
});

it('takes no job from a worker that holds it, nor while a worker was not heard or Redis refuses work', async () => {
  await lost('t1');
  held = ['t1'];
  for (let look = 0; look < 5; look++) await tenSeconds(whole);
  held = undefined;
  for (let look = 0; look < 5; look++) await tenSeconds(1);
  held = [];
  trouble = { code: 'memory-full', message: 'full' };
  for (let look = 0; look < 5; look++) await tenSeconds(1);
  expect(await stateOf('t1')).toBe('active');
  trouble = null;
  for (let look = 0; look < 4; look++) await tenSeconds(whole);
  await vi.waitFor(async () => expect(await stateOf('t1')).toBe('waiting'), 60_000);
});
