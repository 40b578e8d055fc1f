import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { configSchema } from '../contract/config.js';
import { type DeliveryOutcome, type FromWorker, fromWorkerSchema, type RedisAddress, type ToWorker } from '../contract/messages.js';
import { turnOf } from '../contract/test-turn.js';
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

export const keys = keysFor('test');
export const node = 'node1';
export const coordinator = configSchema.parse({ coordinator: { feedbackWindow: '0s' } }).coordinator;

export async function until<T>(look: () => T | Promise<T>, deadlineMs = 60_000): Promise<NonNullable<T>> {
  const end = systemClock.monoMs() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (systemClock.monoMs() > end) throw new Error(`not within ${deadlineMs} ms: ${look.toString()}`);
    await sleep(systemClock, 5);
  }
}

export const done = (text: string): DeliveryOutcome => ({ kind: 'done', text, provider: null, stopReason: 'end_turn', agentMs: 5 });

/** A worker in this process with a supervisor played by the test. */
function launchWorker(address: RedisAddress, more: { readonly resting?: boolean }) {
  const got: FromWorker[] = [];
  const exits: number[] = [];
  /** Asked for before an exit, so that the last word is read. */
  const lastActs: string[] = [];
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
    flushed: async () => void lastActs.push('flushed'),
  };
  const worker = new QueueWorker({
    channel,
    clock: systemClock,
    random: () => 0.5,
    log: silentLog,
    exit: (code) => {
      lastActs.push('exit');
      exits.push(code);
    },
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
    concurrency: 10,
    coordinator,
    turnDeadlineMs: 60_000,
    ...more,
  });
  const ofType = <K extends FromWorker['type']>(type: K) => got.filter((message): message is Extract<FromWorker, { type: K }> => message.type === type);
  const asked = (turnId: string) => ofType('deliver').filter((message) => message.turnId === turnId);
  const answer = (turnId: string, outcome: DeliveryOutcome): void => tell({ type: 'delivered', requestId: asked(turnId).at(-1)?.requestId ?? '', outcome });
  const launched = {
    got,
    exits,
    lastActs,
    tell,
    ofType,
    asked,
    answer,
    lose: () => lose(),
    ready: (): Promise<unknown> => until(() => ofType('ready').length === 1),
  };
  return launched;
}

export type TestWorker = ReturnType<typeof launchWorker>;

/** One private Redis for a file of tests, empty before each; every worker is drained after each. */
export class WorkerBench {
  server!: TestRedis;
  redis!: Redis;
  queues!: Record<'turns' | 'coach', Queue>;
  turns!: TurnStore;
  #running: TestWorker[] = [];

  constructor() {
    beforeAll(async () => {
      this.server = await startTestRedis();
      this.redis = connect(this.server.address, 'blocking', 'test', silentLog);
      const queue = (name: 'turns' | 'coach') => new Queue(physicalQueue(name, node), { connection: this.redis, prefix: keys.bull });
      this.queues = { turns: queue('turns'), coach: queue('coach') };
      this.turns = new TurnStore(this.redis, keys);
    });
    afterAll(async () => {
      await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
      this.redis.disconnect();
      await this.server.stop();
    });
    beforeEach(() => this.redis.flushall());
    afterEach(async () => {
      for (const worker of this.#running) worker.tell({ type: 'drain', deadlineMs: 0 });
      for (const worker of this.#running) await until(() => worker.exits.length > 0);
      this.#running = [];
    });
  }

  launch({ address = this.server.address, ...more }: { readonly address?: RedisAddress; readonly resting?: boolean } = {}): TestWorker {
    const worker = launchWorker(address, more);
    this.#running.push(worker);
    return worker;
  }

  async submit(id: string, options: { readonly add?: boolean; readonly priority?: number } = {}): Promise<void> {
    await this.turns.create(turnOf({ id, createdAt: systemClock.wallMs() }), options.priority);
    if (options.add !== false) await this.queues.turns.add(jobNames.turn, { turnId: id, sessionId: 's1' }, turnJobOptions(id, options.priority));
  }

  async status(id: string): Promise<string | undefined> {
    return (await this.turns.get(id))?.status;
  }

  arms(): ReturnType<ArmStore['view']> {
    return new ArmStore({ redis: this.redis, keys, clock: systemClock }).view(coordinator);
  }
}
