import type { Queue } from 'bullmq';
import type { QueueName } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { type HandlerSpec, handlerSpecs } from '../../contract/handlers.js';
import type { RedisAddress } from '../../contract/messages.js';
import type { QueueView } from '../../contract/state.js';
import type { WorkerView } from '../../contract/work-methods.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { livingWorkers } from '../../core/jobs/presence.js';
import { type CanaryJob, jobNames, type TurnJob, turnJobOptions } from '../../core/jobs/queues.js';
import { call, callDeadlineMs, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import { type AddJobOptions, addJob, jobOf } from './add-job.js';
import { readDepths } from './depth.js';
import { farWorkerView } from './far-worker-view.js';
import { connectQueue, type Opened, openQueues, releaseQueues } from './open-queues.js';
import { type QueueRate, rateOf, setRate } from './rates.js';
import { type JobFacts, type Recovery, requeueActive } from './recovery.js';

export interface QueueRegistryOptions {
  /** Asked at every opening: a managed server may have moved. */
  readonly address: () => RedisAddress;
  /** Asked whenever they are gone through: an edit of the config may add and remove some. */
  readonly queues: () => readonly QueueName[];
  /** What is known of a handler; the built-in ones when left out. */
  readonly handler?: (name: string) => HandlerSpec | undefined;
  readonly keys: Keys;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlineMs?: number;
}

/**
 * The supervisor's hold on the queues. `open` only once Redis is ready: without an offline queue a
 * command before that fails. Every call ends within the deadline, with `redis-unavailable` if nobody answers.
 */
export class QueueRegistry {
  readonly #options: QueueRegistryOptions;
  readonly #deadlineMs: number;
  #opened: Opened | undefined;
  #opening: Promise<void> | undefined;

  constructor(options: QueueRegistryOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? callDeadlineMs;
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** The connection shared by all queues, for reads beside them. */
  get redis(): Redis {
    return this.#open().redis;
  }

  /** Idempotent; a failed opening leaves nothing behind and may be tried again. */
  open(): Promise<void> {
    this.#opening ??= openQueues(this.#options, this.names, this.#deadlineMs).then(
      (opened) => {
        this.#opened = opened;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  /** The queues there are now. */
  get names(): readonly QueueName[] {
    return this.#options.queues();
  }

  /** `not-found` for a name that is no queue. */
  queue(name: QueueName): Queue {
    const opened = this.#open();
    const names = this.names;
    if (!names.includes(name)) throw new RoostError('not-found', `There is no queue called ${name}; there are ${names.join(', ')}.`, { field: 'queue' });
    const known = opened.queues.get(name);
    if (known !== undefined) return known;
    const queue = connectQueue(this.#options, name, opened.redis);
    opened.queues.set(name, queue);
    return queue;
  }

  /**
   * Adds a job for a handler and answers with its id and queue (the handler's own when none is given). `bad-request`
   * when nobody knows the handler or the data do not fit it, `not-found` when there is no such queue.
   */
  async addJob(
    queue: QueueName | undefined,
    name: string,
    data: unknown,
    options?: AddJobOptions,
  ): Promise<{ readonly id: string; readonly queue: QueueName }> {
    const spec = (this.#options.handler ?? ((one) => handlerSpecs[one]))(name);
    const job = jobOf(spec, name, data, options);
    const target = queue ?? spec?.queue ?? '';
    return { id: await this.#call(addJob(this.queue(target), name, job)), queue: target };
  }

  /**
   * Adds the job of a turn, once: a job of this id that waits or runs stays as it is, one that has finished makes room.
   * Priority 1 runs first, none before any. A turn that `isNew` never had a job: nothing has to be looked up.
   */
  async addTurn(turn: TurnJob, priority?: number, isNew = false): Promise<void> {
    const { turnId, sessionId } = turn;
    const queue = this.queue('turns');
    await this.#call(
      (async () => {
        const state = isNew ? 'unknown' : await queue.getJobState(turnId);
        if (state === 'completed' || state === 'failed') await queue.remove(turnId);
        else if (state !== 'unknown') return;
        await queue.add(jobNames.turn, { turnId, sessionId } satisfies TurnJob, turnJobOptions(turnId, priority));
      })(),
    );
  }

  /** In front of everything else in the queue: it proves that a worker runs, not that the queue is short. */
  async addCanary(name: QueueName, job: CanaryJob): Promise<void> {
    const jobId = `canary-${job.nonce}`;
    await this.#call(this.queue(name).add(jobNames.canary, job, { jobId, lifo: true, attempts: 1, removeOnComplete: true, removeOnFail: true }));
  }

  async removeCanary(name: QueueName, nonce: string): Promise<boolean> {
    return this.remove(name, `canary-${nonce}`);
  }

  /** False when there is no such job, or a worker holds it right now. */
  async remove(name: QueueName, jobId: string): Promise<boolean> {
    const queue = this.queue(name);
    // The library calls it a success to remove what is not there.
    if ((await this.#call(queue.getJobState(jobId))) === 'unknown') return false;
    return (await this.#call(queue.remove(jobId))) === 1;
  }

  async removeTurn(turnId: string): Promise<boolean> {
    return this.remove('turns', turnId);
  }

  async hasLiveTurn(turnId: string): Promise<boolean> {
    return this.isLive('turns', turnId);
  }

  /** True while the job waits, is delayed or runs: nothing has to be added again. */
  async isLive(name: QueueName, jobId: string): Promise<boolean> {
    const state = await this.#call(this.queue(name).getJobState(jobId));
    return state !== 'unknown' && state !== 'completed' && state !== 'failed';
  }

  async isPaused(name: QueueName): Promise<boolean> {
    return this.#call(this.queue(name).isPaused());
  }

  /** For every worker of the queue, on every node. Jobs in hand go on. */
  async pause(name: QueueName): Promise<void> {
    await this.#call(this.queue(name).pause());
  }

  async resume(name: QueueName): Promise<void> {
    await this.#call(this.queue(name).resume());
  }

  /** No more of its jobs begin at this moment, through no fault of its workers: it is paused, or at its rate. */
  async rests(name: QueueName): Promise<boolean> {
    return (await this.isPaused(name)) || (await this.#call(this.queue(name).getRateLimitTtl())) > 0;
  }

  /** How many of its jobs may begin in a time, on all nodes together; null for no limit. Workers follow within a second. */
  async setRate(name: QueueName, rate: QueueRate | null): Promise<void> {
    await this.#call(setRate(this.queue(name), rate));
  }

  async rates(): Promise<Record<string, QueueRate>> {
    const found = await this.#call(Promise.all(this.names.map(async (name) => [name, await rateOf(this.queue(name))] as const)));
    return Object.fromEntries(found.flatMap(([name, rate]) => (rate === null ? [] : [[name, rate] as const])));
  }

  /** Workers of other nodes and machines that live. */
  async farWorkers(): Promise<WorkerView[]> {
    const { keys, clock, node } = this.#options;
    const living = await this.#call(livingWorkers(this.redis, keys));
    return living.filter((one) => one.node !== node).map((one) => farWorkerView(one, clock.wallMs()));
  }

  /** The jobs in the hands of workers at this moment. */
  async active(name: QueueName): Promise<readonly JobFacts[]> {
    const jobs = await this.#call(this.queue(name).getActive());
    // One that ended while the list was read comes back as nothing.
    return jobs.flatMap((job) => (job?.id === undefined ? [] : [{ id: job.id, name: job.name, data: job.data as unknown, processedBy: job.processedBy }]));
  }

  /** Counts of every queue; `workersOf` says how many live workers consume it. */
  async depths(workersOf: (name: QueueName) => number): Promise<Record<string, QueueView>> {
    const { redis } = this.#open();
    const queues = this.names.map((name) => [name, this.queue(name)] as const);
    return this.#call(readDepths(redis, queues, this.#options.clock.wallMs(), workersOf));
  }

  /** To call once the death of the workers that held them is proven. See `requeueActive`. */
  async requeueActive(name: QueueName, options: { readonly predicate?: (job: JobFacts) => boolean; readonly countsAsDeath?: boolean } = {}): Promise<Recovery> {
    const { redis } = this.#open();
    return requeueActive({ queue: this.queue(name), redis, clock: this.#options.clock, log: this.#options.log, ...options });
  }

  /** Never hangs, also while Redis is gone. A closed registry may be opened again. */
  async close(deadlineMs = 2_000): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const opened = this.#opened;
    this.#opened = undefined;
    this.#opening = undefined;
    if (opened !== undefined) await releaseQueues(this.#options.clock, opened, deadlineMs);
  }

  #open(): Opened {
    if (this.#opened === undefined) throw new RoostError('redis-unavailable', 'The queues are not open: Redis is not ready.', { retryAfterMs: 1_000 });
    return this.#opened;
  }

  #call<T>(promise: Promise<T>): Promise<T> {
    return call(this.#options.clock, promise, this.#deadlineMs);
  }
}
