import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../contract/config.js';
import { type DeliveryOutcome, type FromWorker, fromWorkerSchema, type RedisAddress, type ToWorker } from '../contract/messages.js';
import { sleep, systemClock } from '../core/base/clock.js';
import { silentLog } from '../core/base/log.js';
import { ArmStore } from '../core/coordinator/arm-store.js';
import { jobNames, physicalQueue, turnJobOptions } from '../core/jobs/queues.js';
import { connect, type Redis } from '../core/redis/connection.js';
import { keysFor } from '../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../core/redis/test-redis.js';
import { TurnStore } from '../core/sessions/turn-store.js';
import { runtimeFacts } from './diagnosis.js';
import { QueueWorker } from './queue-worker.js';
import { turnOf } from './test-turn.js';

const keys = keysFor('test');
const node = 'node1';
const coordinator = configSchema.parse({ coordinator: { feedbackWindow: '0s' } }).coordinator;
let server: TestRedis;
let redis: Redis;
let queues: Record<'turns' | 'coach', Queue>;
let turns: TurnStore;
let running: { readonly exits: readonly number[]; tell(message: ToWorker): void }[] = [];

async function until<T>(look: () => T | Promise<T>, deadlineMs = 10_000): Promise<NonNullable<T>> {
  const end = systemClock.monoMs() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (systemClock.monoMs() > end) throw new Error(`not within ${deadlineMs} ms: ${look.toString()}`);
    await sleep(systemClock, 5);
  }
}

/** A worker in this process with a supervisor played by the test. */
function launch(address: RedisAddress = server.address, concurrency = 10) {
  const got: FromWorker[] = [];
  const exits: number[] = [];
  let take: (message: unknown) => void = () => undefined;
  let lose: () => void = () => undefined;
  const channel = {
    send: (message: FromWorker) => void got.push(fromWorkerSchema.parse(JSON.parse(JSON.stringify(message)))),
    onMessage: (listener: (message: unknown) => void) => {
      take = listener;
    },
    onLost: (listener: () => void) => {
      lose = listener;
    },
    flushed: () => Promise.resolve(),
  };
  const worker = new QueueWorker({
    channel,
    clock: systemClock,
    random: () => 0.5,
    log: silentLog,
    exit: (code) => void exits.push(code),
    vitals: () => ({ loopLagMs: 0, rssBytes: 1 }),
    inside: runtimeFacts,
  });
  worker.start();
  const tell = (message: ToWorker | { type: string }): void => take(message);
  tell({
    type: 'start',
    incarnation: 3,
    worker: 'worker-turns',
    node,
    prefix: 'test',
    redis: address,
    queues: ['turns', 'coach'],
    concurrency,
    coordinator,
    turnDeadlineMs: 60_000,
  });
  const ofType = <K extends FromWorker['type']>(type: K) => got.filter((message): message is Extract<FromWorker, { type: K }> => message.type === type);
  const asked = (turnId: string) => ofType('deliver').filter((message) => message.turnId === turnId);
  const answer = (turnId: string, outcome: DeliveryOutcome): void => tell({ type: 'delivered', requestId: asked(turnId).at(-1)?.requestId ?? '', outcome });
  const launched = { got, exits, tell, ofType, asked, answer, lose: () => lose(), ready: (): Promise<unknown> => until(() => ofType('ready').length === 1) };
  running.push(launched);
  return launched;
}

const done = (text: string): DeliveryOutcome => ({ kind: 'done', text, provider: null, stopReason: 'end_turn', agentMs: 5 });
const submit = async (id: string, add = true): Promise<void> => {
  await turns.create(turnOf({ id, createdAt: systemClock.wallMs() }));
  if (add) await queues.turns.add(jobNames.turn, { turnId: id, sessionId: 's1' }, turnJobOptions(id));
};
const status = async (id: string): Promise<string | undefined> => (await turns.get(id))?.status;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  const queue = (name: 'turns' | 'coach') => new Queue(physicalQueue(name, node), { connection: redis, prefix: keys.bull });
  queues = { turns: queue('turns'), coach: queue('coach') };
  turns = new TurnStore(redis, keys);
});
afterAll(async () => {
  await Promise.all(Object.values(queues).map((queue) => queue.close()));
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());
afterEach(async () => {
  for (const worker of running) worker.tell({ type: 'drain', deadlineMs: 0 });
  for (const worker of running) await until(() => worker.exits.length > 0);
  running = [];
});

describe('queue worker', () => {
  it('runs the turns of a session one after another, each with reward and suggestion', async () => {
    await submit('t1');
    await submit('t2', false);
    const worker = launch();
    await worker.ready();
    await until(() => worker.asked('t1').length === 1);
    expect(worker.asked('t2')).toEqual([]);
    worker.answer('t1', done('four'));
    await until(() => worker.asked('t2').length === 1);
    worker.answer('t2', done('five'));

    const first = await until(async () => {
      const turn = await turns.get('t1');
      return turn?.suggestion == null ? undefined : turn;
    });
    expect(first).toMatchObject({ status: 'done', text: 'four', arm: 'npc', attempts: 1 });
    await until(async () => (await status('t2')) === 'done');
    const job = await until(async () => {
      const coach = await queues.coach.getJob('coach-t1');
      return coach?.returnvalue == null ? undefined : coach;
    });
    expect(job.returnvalue).toBe(first.suggestion);
    const arms = new ArmStore({ redis, keys, clock: systemClock });
    await until(async () => (await arms.view(coordinator)).settled === 2);
    expect((await arms.view(coordinator)).pulls).toBe(2);
    expect(
      worker
        .ofType('turn')
        .map(({ turn }) => `${turn.id} ${turn.status}`)
        .slice(0, 2),
    ).toEqual(['t1 running', 't1 done']);
    expect(await turns.sessionsWithPending()).toEqual([]);
  });

  it('answers canaries in every queue and beats with what it holds', async () => {
    const worker = launch();
    await worker.ready();
    for (const name of ['turns', 'coach'] as const) {
      await queues[name].add(jobNames.canary, { nonce: `n-${name}`, queue: `${name}.${node}` }, { removeOnComplete: true });
      await until(async () => (await redis.get(keys.canary(`${name}.${node}`))) === `n-${name}`);
    }
    expect(await redis.pttl(keys.canary(`turns.${node}`))).toBeGreaterThan(0);
    await submit('t1');
    const beat = await until(() => worker.ofType('beat').find((one) => one.busySlots === 1));
    expect(beat).toMatchObject({ incarnation: 3, jobs: [{ queue: 'turns', id: 't1', name: 'turn' }] });
    const next = await until(() => worker.ofType('beat').find((one) => one.seq === beat.seq + 1));
    expect(next.progress).toBeGreaterThan(beat.progress);
    worker.answer('t1', done('x'));
  });

  it('ends a cancelled turn within a second or so', async () => {
    await submit('t1');
    const worker = launch();
    await until(() => worker.asked('t1').length === 1);
    worker.tell({ type: 'cancel', turnId: 't1' });
    worker.answer('t1', { kind: 'cancelled', text: 'half' });
    await until(async () => (await status('t1')) === 'cancelled');
    expect((await turns.get('t1'))?.text).toBe('half');
  });

  it('finishes what it holds when drained, takes nothing new, and exits 0', async () => {
    await submit('t1');
    const worker = launch();
    await until(() => worker.asked('t1').length === 1);
    worker.tell({ type: 'drain', deadlineMs: 20_000 });
    await until(async () => /blocked_clients:0\r/.test(await redis.info('clients')), 200);
    await queues.turns.add(jobNames.canary, { nonce: 'late', queue: 'late' }, { jobId: 'late' });
    worker.answer('t1', done('four'));
    await until(() => worker.exits.length > 0);
    expect(worker.exits).toEqual([0]);
    expect(worker.ofType('drained')).toHaveLength(1);
    expect(await status('t1')).toBe('done');
    expect(await queues.turns.getJobState('late')).toBe('waiting');
  });

  it('hands jobs back at the drain deadline, as often as it takes, without spending a try', async () => {
    await submit('t1');
    for (let life = 0; life < 3; life++) {
      const worker = launch();
      await until(() => worker.asked('t1').length === 1);
      const askedMs = systemClock.monoMs();
      worker.tell({ type: 'drain', deadlineMs: 20_000 });
      worker.tell({ type: 'drain', deadlineMs: 50 });
      await until(() => worker.exits.length > 0);
      expect(systemClock.monoMs() - askedMs).toBeLessThan(2_000);
      expect(await queues.turns.getJobState('t1')).toBe('waiting');
      expect(await queues.turns.getActiveCount()).toBe(0);
    }
    const job = await queues.turns.getJob('t1');
    expect(job).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
    const worker = launch();
    await until(() => worker.asked('t1').length === 1);
    worker.answer('t1', done('four'));
    await until(async () => (await status('t1')) === 'done');
    expect((await new ArmStore({ redis, keys, clock: systemClock }).view(coordinator)).pulls).toBe(1);
  });

  it('tries a turn again after a failure that may pass, with the same decision', async () => {
    await submit('t1');
    const worker = launch();
    await until(() => worker.asked('t1').length === 1);
    worker.answer('t1', { kind: 'failed', code: 'agent-failed', message: 'it broke', retryable: true, agentMs: 3 });
    await until(async () => (await queues.turns.getJobState('t1')) === 'delayed');
    expect(await turns.get('t1')).toMatchObject({ status: 'queued', attempts: 1, error: { code: 'agent-failed' } });
    await (await queues.turns.getJob('t1'))?.promote();
    await until(() => worker.asked('t1').length === 2);
    worker.answer('t1', done('four'));
    await until(async () => (await status('t1')) === 'done');
    expect(await turns.get('t1')).toMatchObject({ attempts: 2, error: null });
    expect((await new ArmStore({ redis, keys, clock: systemClock }).view(coordinator)).pulls).toBe(1);
  });

  it('ends a turn whose connection to Redis broke in the middle, and goes on consuming', async () => {
    await submit('t1');
    const worker = launch();
    await until(() => worker.asked('t1').length === 1);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    worker.answer('t1', done('four'));
    await until(async () => (await status('t1')) === 'done', 5_000);
    await queues.turns.add(jobNames.canary, { nonce: 'after', queue: 'after' });
    await until(async () => (await redis.get(keys.canary('after'))) === 'after', 5_000);
    expect(worker.asked('t1')).toHaveLength(1);
  });

  it('moves to another address of Redis with its jobs', async () => {
    await submit('t1');
    const worker = launch();
    await until(() => worker.asked('t1').length === 1);
    const moved = join(server.dir, 'moved');
    await symlink(join(server.dir, 's'), moved);
    worker.tell({ type: 'redis', redis: { path: moved } });
    await until(() => worker.asked('t1').length === 2);
    worker.answer('t1', done('four'));
    await until(async () => (await status('t1')) === 'done');
    expect(worker.ofType('ready')).toHaveLength(1);
    expect(worker.exits).toEqual([]);
  });

  it('waits for a Redis that is not there yet, and can be drained or given an address meanwhile', async () => {
    const hopeless = launch({ path: join(server.dir, 'nothing') });
    await until(() => hopeless.ofType('beat').length > 0);
    hopeless.tell({ type: 'drain', deadlineMs: 5_000 });
    await until(() => hopeless.exits.length > 0, 3_000);
    expect(hopeless.exits).toEqual([0]);

    const worker = launch({ path: join(server.dir, 'nothing') });
    await until(() => worker.ofType('beat').length > 0);
    worker.tell({ type: 'redis', redis: server.address });
    await worker.ready();
    await submit('t1');
    await until(() => worker.asked('t1').length === 1);
    worker.answer('t1', done('four'));
    await until(async () => (await status('t1')) === 'done');
  });

  it('stops at once when the supervisor is gone, and ignores what is not in the contract', async () => {
    const worker = launch();
    await worker.ready();
    worker.tell({ type: 'dance' });
    worker.lose();
    expect(worker.exits).toEqual([1]);
  });
});
