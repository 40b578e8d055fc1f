import { Job, Queue, Worker } from 'bullmq';
import { type QueueName, slotsOf } from '../contract/config.js';
import { RoostError } from '../contract/errors.js';
import type { FromWorker, RedisAddress, WorkerStart } from '../contract/messages.js';
import type { Clock, Random } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';
import { ArmStore } from '../core/coordinator/arm-store.js';
import { physicalQueue, workerTuning } from '../core/jobs/queues.js';
import { retryDelayMs } from '../core/jobs/retry.js';
import { connect, type Redis } from '../core/redis/connection.js';
import { keysFor } from '../core/redis/keys.js';
import { buildProcessor } from './build-processor.js';
import type { Deliveries } from './deliveries.js';
import type { HeldJob, Processor } from './processor.js';
import type { RemoteRuns } from './remote-runs.js';
import { Reports } from './reports.js';
import { Settlement } from './settlement.js';
import type { Slots } from './slots.js';

/** The library's own wait after a lost connection is 15 s; work must go on within 5 s of a Redis that is back. */
const reconnectMs = 1_000;
/** A worker that waits for its rate looks so often whether it was changed. */
const rateLookMs = 1_000;

/** A turn that ends adds to these. */
const followed: readonly QueueName[] = ['turns', 'coach'];

/** What a change of the config may change for the turns to come. */
export type TurnSettings = Pick<WorkerStart, 'coordinator' | 'turnDeadlineMs'>;

export interface ConsumersOptions {
  readonly start: WorkerStart;
  /** As they are now: they may change while turns are in hand. */
  settings(): TurnSettings;
  readonly address: RedisAddress;
  /** What was changed since the start. */
  readonly tuned: Readonly<Record<string, number>>;
  readonly resting: boolean;
  readonly slots: Slots;
  readonly deliveries: Deliveries;
  readonly runs: RemoteRuns;
  readonly send: (message: FromWorker) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Opened {
  readonly redis: Redis;
  readonly processor: Processor;
  readonly settlement: Settlement | undefined;
  readonly queues: ReadonlyMap<QueueName, Queue>;
  readonly workers: ReadonlyMap<QueueName, Worker>;
  readonly reports: Reports;
}

/** Everything that hangs on one Redis address: the queues consumed, the stores behind the handlers, the settlement of rewards. */
export class Consumers {
  readonly #options: ConsumersOptions;
  #opened: Opened | undefined;
  #finishing: Promise<void> | undefined;
  #abandoned = false;
  #resting: boolean;
  /** What had to come before the first fetch is done. */
  #prepared = false;
  /** The loops were begun: a rest pauses them, before that it keeps them from beginning. */
  #consuming = false;
  #tuned: Readonly<Record<string, number>>;
  /** Jobs of the connection before this one that are still to be moved back. */
  #owed: Promise<readonly HeldJob[]> = Promise.resolve([]);

  constructor(options: ConsumersOptions) {
    this.#options = options;
    this.#tuned = options.tuned;
    this.#resting = options.resting;
  }

  /** False while Redis cannot be reached: nothing moves then, through no fault of ours. */
  get connected(): boolean {
    return this.#opened?.redis.status === 'ready';
  }

  /** Resolves when all queues are being consumed; waits for Redis as long as it takes. `returned` jobs go back to their queues first. */
  async start(returned: Promise<readonly HeldJob[]> = this.#owed): Promise<void> {
    this.#owed = returned;
    const owed = [...(await returned)];
    if (this.#abandoned) return;
    const { start, address, clock, random, log } = this.#options;
    const keys = keysFor(start.prefix);
    const consumed = start.queues;
    const redis = connect(address, 'blocking', start.worker, log);
    const shared = { connection: redis, prefix: keys.bull };
    const queues = new Map([...new Set([...consumed, ...followed])].map((name) => [name, new Queue(physicalQueue(name, start.node), shared)]));
    const arms = new ArmStore({ redis, keys, clock, random });
    const processor = buildProcessor({ ...this.#options, redis, keys, arms, turns: required(queues, 'turns'), coach: required(queues, 'coach') });
    const backoffStrategy = (attemptsMade: number, type?: string): number => retryDelayMs(type, attemptsMade, random);
    const settlement = consumed.includes('turns') ? new Settlement({ arms, clock, log }) : undefined;
    const workers = new Map(
      consumed.map((name) => {
        const options = {
          ...shared,
          ...workerTuning,
          name: start.worker,
          concurrency: this.#slotsOf(name),
          settings: { backoffStrategy },
          runRetryDelay: reconnectMs,
          maximumRateLimitDelay: rateLookMs,
          autorun: false,
        };
        // Two declared parameters: for a third the library makes a signal for every job, a tenth of the time of a small one.
        const worker = new Worker(physicalQueue(name, start.node), (job: Job, token?: string) => processor.run(name, job, token ?? ''), options);
        return [name, worker] as const;
      }),
    );
    // Registered before anything can happen: an error event without a listener ends the process.
    for (const [name, worker] of workers) worker.on('error', (error) => log.warn('queue error', { queue: name, error: error.message }));
    for (const [name, queue] of queues) queue.on('error', (error) => log.debug('queue error', { queue: name, error: error.message }));
    const reports = new Reports({
      redis,
      keys,
      worker: start.worker,
      node: start.node,
      clock,
      log,
      slots: () => Object.fromEntries([...workers].map(([name, worker]) => [name, worker.concurrency])),
      busy: () => processor.busyByQueue(),
      cancel: (queue, id) => processor.cancel(queue, id),
    });
    for (const [name, worker] of workers) reports.watch(name, physicalQueue(name, start.node), worker);
    this.#opened = { redis, processor, settlement, queues, workers, reports };

    await Promise.all([...workers.values()].map((worker) => worker.waitUntilReady()));
    for (let job = owed[0]; job !== undefined; job = owed[0]) {
      await this.#giveBack(job);
      owed.shift();
      this.#owed = Promise.resolve([...owed]);
    }
    if (this.#abandoned || this.#finishing !== undefined) return;
    this.#prepared = true;
    this.rest(this.#resting);
    settlement?.start();
    reports.start();
  }

  /** Fetches no job until that is taken back. Idempotent. */
  rest(on: boolean): void {
    this.#resting = on;
    const opened = this.#opened;
    opened?.processor.rest(on);
    if (opened === undefined || !this.#prepared || this.#abandoned) return;
    for (const [queue, worker] of opened.workers) {
      if (this.#consuming) void (on ? worker.pause(true) : worker.resume());
      else if (!on) worker.run().catch((error: unknown) => this.#options.log.error('a queue is no longer consumed', { queue, error }));
    }
    this.#consuming ||= !on;
  }

  /** A person no longer wants this job. */
  cancel(queue: QueueName, jobId: string): void {
    this.#opened?.processor.cancel(queue, jobId);
  }

  /** Jobs side by side from the next fetch on; those in hand beyond it finish. */
  tune(concurrency: Readonly<Record<string, number>>): void {
    this.#tuned = { ...this.#tuned, ...concurrency };
    for (const [queue, worker] of this.#opened?.workers ?? []) worker.concurrency = this.#slotsOf(queue);
  }

  #slotsOf(queue: QueueName): number {
    return this.#tuned[queue] ?? slotsOf(this.#options.start.concurrency, queue);
  }

  /** Takes no new job and resolves when those in hand have ended and all is closed. Idempotent. */
  finish(): Promise<void> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  /** Ends the waiting of `finish`: what is in hand goes back to its queue. */
  handBack(): void {
    this.#opened?.processor.handBack();
  }

  get busy(): number {
    return this.#opened?.processor.busy ?? 0;
  }

  /** Drops the connection and everything on it at once; returns the jobs that were in hand, for the next `start` to move back. */
  async abandon(): Promise<readonly HeldJob[]> {
    this.#abandoned = true;
    const opened = this.#opened;
    if (opened === undefined) return this.#owed;
    const held = [...opened.processor.abandon()];
    opened.reports.abandon();
    const closing = Promise.allSettled([
      opened.settlement?.stop(),
      ...[...opened.workers.values()].map((worker) => worker.close(true)),
      ...[...opened.queues.values()].map((queue) => queue.close()),
    ]);
    opened.redis.disconnect();
    await within(this.#options.clock, 2_000, closing);
    return [...(await this.#owed), ...held];
  }

  async #finish(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    await Promise.allSettled([opened.settlement?.stop(), ...[...opened.workers.values()].map((worker) => worker.close())]);
    await within(this.#options.clock, 1_000, opened.reports.stop());
    await Promise.allSettled([...opened.queues.values()].map((queue) => queue.close()));
    opened.redis.disconnect();
  }

  async #giveBack({ queue, id, token }: HeldJob): Promise<void> {
    const opened = this.#opened;
    const job = opened === undefined ? undefined : await Job.fromId(required(opened.queues, queue), id);
    try {
      await job?.moveToWait(token);
    } catch (error) {
      // It ended, or somebody else moved it; either way it is not ours any more.
      this.#options.log.info('a job had left our hands on its own', { queue, job: id, error });
    }
  }
}

function required<T>(map: ReadonlyMap<QueueName, T>, name: QueueName): T {
  const value = map.get(name);
  if (value === undefined) throw new RoostError('internal', `the queue ${name} was not opened`);
  return value;
}
