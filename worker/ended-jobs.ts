import type { Job } from 'bullmq';
import type { JobOutcome } from '../contract/job-views.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import { type Ended, endedField, errorCodeOf, maxBatch, maxEntries, maxErrorChars } from '../core/jobs/ended.js';
import { jobNames } from '../core/jobs/queues.js';
import type { Redis } from '../core/redis/connection.js';
import { Script } from '../core/sessions/script.js';

const flushEveryMs = 250;
/** While Redis is away records pile up to here; then the oldest go. */
const maxHeld = 10_000;
const keptTries = 10;

/** A try that failed, kept in the hash of its job so that it lives and dies with it. */
const noteTryScript = new Script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local tries = redis.call('HGET', KEYS[1], 'roostTries')
local list = tries and cjson.decode(tries) or {}
list[#list + 1] = cjson.decode(ARGV[1])
while #list > tonumber(ARGV[2]) do table.remove(list, 1) end
redis.call('HSET', KEYS[1], 'roostTries', cjson.encode(list))
return 1`);

type EndedJob = Pick<Job, 'id' | 'name' | 'timestamp' | 'delay' | 'processedOn' | 'finishedOn' | 'attemptsMade' | 'attemptsStarted'>;

/** A worker of the library, as far as it tells of ends. */
export interface EndsOf {
  on(event: 'completed', listener: (job: EndedJob) => void): unknown;
  on(event: 'failed', listener: (job: EndedJob | undefined, error: Error) => void): unknown;
}

export interface EndedJobsOptions {
  readonly redis: Redis;
  readonly stream: string;
  /** Prefix of the queue library's keys. */
  readonly bull: string;
  readonly worker: string;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells every supervisor what this worker finished: one write for a batch, a quarter of a second apart, so that
 * a job costs a few microseconds. What a killed worker had not told yet is found by `untoldEnds` (supervisor/history).
 */
export class EndedJobs {
  readonly #options: EndedJobsOptions;
  readonly #scope: Scope;
  #held: Ended[] = [];
  #dropped = 0;
  #writing = false;

  constructor(options: EndedJobsOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.debug('finished jobs could not be told', { step, error }));
  }

  start(): void {
    this.#scope.every('flush', flushEveryMs, () => this.flush());
  }

  async stop(): Promise<void> {
    await this.#scope.close();
    await this.flush();
  }

  abandon(): void {
    void this.#scope.close(0);
  }

  /** `physical` is the queue's name in Redis. */
  watch(queue: string, physical: string, worker: EndsOf): void {
    worker.on('completed', (job) => this.#ended(queue, job, 'completed', undefined));
    worker.on('failed', (job, error) => {
      if (job === undefined || job.name === jobNames.canary) return;
      this.#noteTry(physical, job, error);
      // Without an end there will be another try.
      if (job.finishedOn !== undefined && job.finishedOn !== null)
        this.#ended(queue, job, errorCodeOf(error.message) === 'cancelled' ? 'cancelled' : 'failed', error.message);
    });
  }

  async flush(): Promise<void> {
    const { redis, stream, log } = this.#options;
    if (this.#writing || this.#held.length === 0) return;
    this.#writing = true;
    const batch = this.#held;
    this.#held = [];
    try {
      const pipeline = redis.pipeline();
      for (let at = 0; at < batch.length; at += maxBatch)
        pipeline.xadd(stream, 'MAXLEN', '~', maxEntries, '*', endedField, JSON.stringify(batch.slice(at, at + maxBatch)));
      const failed = ((await pipeline.exec()) ?? []).find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      if (this.#dropped > 0) log.warn('records of finished jobs were dropped while Redis was away', { dropped: this.#dropped });
      this.#dropped = 0;
    } catch (error) {
      log.debug('finished jobs are told later', { error });
      this.#held = [...batch, ...this.#held];
      this.#bound();
    } finally {
      this.#writing = false;
    }
  }

  #ended(queue: string, job: EndedJob, outcome: JobOutcome, error: string | undefined): void {
    if (job.name === jobNames.canary) return;
    const { worker, node, clock } = this.#options;
    const endedMs = job.finishedOn ?? clock.wallMs();
    const startedMs = job.processedOn;
    this.#held.push({
      q: queue,
      n: job.name,
      i: job.id ?? '',
      o: outcome,
      t: endedMs,
      // After a first try it waited for its backoff, which says nothing about the queue.
      ...(startedMs === undefined || job.attemptsStarted > 1 ? {} : { w: Math.max(0, startedMs - job.timestamp - (job.delay ?? 0)) }),
      ...(startedMs === undefined ? {} : { r: Math.max(0, endedMs - startedMs) }),
      a: job.attemptsMade,
      k: worker,
      d: node,
      ...(error === undefined ? {} : { c: errorCodeOf(error), e: error.slice(0, maxErrorChars) }),
    });
    this.#bound();
  }

  #bound(): void {
    if (this.#held.length <= maxHeld) return;
    this.#dropped += this.#held.length - maxHeld;
    this.#held = this.#held.slice(-maxHeld);
  }

  #noteTry(physical: string, job: EndedJob, error: Error): void {
    const { redis, bull, worker, clock, log } = this.#options;
    const atMs = clock.wallMs();
    const one = {
      n: job.attemptsMade,
      t: atMs,
      r: job.processedOn === undefined ? null : atMs - job.processedOn,
      k: worker,
      e: error.message.slice(0, maxErrorChars),
    };
    noteTryScript
      .run(redis, [`${bull}:${physical}:${job.id}`], [JSON.stringify(one), keptTries])
      .catch((failure: unknown) => log.debug('a failed try could not be noted', { job: job.id, error: failure }));
  }
}
