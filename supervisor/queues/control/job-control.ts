import { Job, type Queue } from 'bullmq';
import { RoostError } from '../../../contract/errors.js';
import type { JobAct, JobDetail, JobRow } from '../../../contract/job-views.js';
import { type Clock, sleep } from '../../../core/base/clock.js';
import type { Log } from '../../../core/base/log.js';
import { call, type Redis } from '../../../core/redis/connection.js';
import { readJob } from './job-detail.js';
import { readPage } from './job-page.js';
import { isCanary, isTurnJob, whyNot } from './job-rules.js';

export interface JobControlOptions {
  queue(name: string): Queue;
  redis(): Redis;
  readonly clock: Clock;
  readonly log: Log;
  /** The turn ends as cancelled, its job goes and the next one of its session begins. */
  cancelTurn(turnId: string): Promise<unknown>;
  /** Tells whoever holds the job, on this node or another, to stop. */
  tellCancelled(queue: string, id: string): Promise<void>;
  /** Forgets that; the job is over. */
  settled(queue: string, id: string): Promise<void>;
  /** A job that waited will never run: for the history. */
  onCancelled(job: JobRow): void;
}

export interface NewJob {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly priority?: number | undefined;
  readonly delayMs?: number | undefined;
  readonly attempts?: number | undefined;
}

/** How long a job that was told to stop is watched: after that its worker has been ended, or nobody can tell. */
const watchCancelMs = 30_000;
const lookEveryMs = 250;
const batch = 100;

/** What a person does to jobs. Every act names the state the job is in when it is not possible (`conflict`). */
export class JobControl {
  readonly #options: JobControlOptions;
  readonly #cancelling = new Set<string>();

  constructor(options: JobControlOptions) {
    this.#options = options;
  }

  async get(queue: string, id: string): Promise<JobDetail> {
    const { clock } = this.#options;
    const job = await readJob({ redis: this.#options.redis(), queue: this.#options.queue(queue), name: queue, id, clock });
    if (job !== undefined) return job;
    throw new RoostError('not-found', `There is no job ${id} in ${queue}: it never was, or it is older than what is kept (see its history).`, { field: 'id' });
  }

  /** Runs again with all its attempts before it, as if it were new. */
  async retry(queue: string, id: string): Promise<void> {
    await this.#may('retry', queue, id);
    await this.#retry(this.#options.queue(queue), id);
  }

  /** What waits goes at once; what is in hand is told to stop, and watched until it has. */
  async cancel(queue: string, id: string): Promise<'cancelled' | 'cancelling'> {
    const job = await this.#may('cancel', queue, id);
    if (isTurnJob(job)) {
      await this.#options.cancelTurn(job.turn?.turnId ?? id);
      return job.state === 'active' ? 'cancelling' : 'cancelled';
    }
    if (await this.#takeOut(queue, job)) return 'cancelled';
    await this.#options.tellCancelled(queue, id);
    void this.#watch(queue, id);
    return 'cancelling';
  }

  async remove(queue: string, id: string): Promise<void> {
    const job = await this.#may('remove', queue, id);
    if ((await this.#call(this.#options.queue(queue).remove(id))) === 1) {
      if (job.state === 'waiting' || job.state === 'delayed') this.#options.onCancelled(job);
      return;
    }
    throw this.#conflict(queue, id, whyNot('remove', { ...job, state: 'active' }) ?? 'a worker holds it');
  }

  /** A delayed job waits in line from now on. */
  async promote(queue: string, id: string): Promise<void> {
    await this.#may('promote', queue, id);
    const job = await this.#job(this.#options.queue(queue), id);
    await this.#call(job.promote()).catch(async (error: unknown) => {
      if (error instanceof RoostError) throw error;
      // It became due in this very moment: what was wanted.
      const { state } = await this.get(queue, id);
      if (state === 'delayed') throw error;
    });
  }

  async duplicate(queue: string, id: string, data: Readonly<Record<string, unknown>> | undefined, check: (name: string, data: unknown) => void): Promise<string> {
    const job = await this.#may('duplicate', queue, id);
    if (data === undefined && job.cut) throw this.#conflict(queue, id, 'its data are too large to be copied here');
    const wanted = data ?? job.data;
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
      throw this.#conflict(queue, id, 'its data are no object, so data have to be given');
    check(job.name, wanted);
    return this.add(queue, {
      name: job.name,
      data: wanted as Readonly<Record<string, unknown>>,
      ...(job.priority > 0 ? { priority: job.priority } : {}),
      attempts: job.maxAttempts,
    });
  }

  async add(_queue: string, _job: NewJob): Promise<string> {
    throw new RoostError('internal', 'not wired');
  }

  /** All failed ones, or those of one name: a page at a time, so that nothing else has to wait. */
  async retryFailed(name: string, jobName: string | undefined): Promise<{ retried: number; skipped: number; left: number }> {
    const { clock } = this.#options;
    const queue = this.#options.queue(name);
    let retried = 0;
    let skipped = 0;
    for (;;) {
      const of = { redis: this.#options.redis(), queue, name, state: 'failed', clock } as const;
      // Those that stay are passed over, newest first, whatever fails anew meanwhile comes before them.
      const { jobs, total } = await readPage(of, skipped, skipped + batch - 1);
      if (jobs.length === 0) return { retried, skipped, left: total };
      const mine = jobs.filter((job) => (jobName === undefined || job.name === jobName) && whyNot('retry', job) === null);
      const done = await Promise.all(mine.map((job) => this.#retry(queue, job.id).then(() => true, () => false)));
      const worked = done.filter(Boolean).length;
      retried += worked;
      skipped += jobs.length - worked;
    }
  }

  async #retry(queue: Queue, id: string): Promise<void> {
    const { clock } = this.#options;
    const job = await this.#job(queue, id);
    const from = (await this.#call(job.isFailed())) ? 'failed' : 'completed';
    // Workers that died of it count anew as well.
    await call(clock, this.#options.redis().hdel(queue.toKey(id), 'roostDeaths'));
    await this.#call(job.retry(from, { resetAttemptsMade: true, resetAttemptsStarted: true }));
  }

  /** Only jobs that are no worker's; true when this one is gone. */
  async #takeOut(name: string, job: JobRow): Promise<boolean> {
    if (job.state === 'active') return false;
    if ((await this.#call(this.#options.queue(name).remove(job.id))) !== 1) return false;
    this.#options.onCancelled(job);
    return true;
  }

  /** A handler that fails because it was told to stop may come back for another try: not this one. */
  async #watch(queue: string, id: string): Promise<void> {
    const { clock, log } = this.#options;
    const key = `${queue}:${id}`;
    if (this.#cancelling.has(key)) return;
    this.#cancelling.add(key);
    const endMs = clock.monoMs() + watchCancelMs;
    try {
      while (clock.monoMs() < endMs) {
        await sleep(clock, lookEveryMs);
        const job = await this.get(queue, id).catch((error: unknown) => {
          if (error instanceof RoostError && error.code === 'not-found') return undefined;
          throw error;
        });
        if (job === undefined || job.state === 'completed' || job.state === 'failed') break;
        if (job.state !== 'active' && (await this.#takeOut(queue, job))) break;
      }
      await this.#options.settled(queue, id);
    } catch (error) {
      log.debug('a cancelled job is no longer watched', { queue, job: id, error });
    } finally {
      this.#cancelling.delete(key);
    }
  }

  async #may(act: JobAct, queue: string, id: string): Promise<JobDetail> {
    const job = await this.get(queue, id);
    if (isCanary(job.name) || whyNot(act, job) !== null) throw this.#conflict(queue, id, whyNot(act, job) ?? '');
    return job;
  }

  #conflict(queue: string, id: string, why: string): RoostError {
    return new RoostError('conflict', `Job ${id} of ${queue}: ${why}.`);
  }

  async #job(queue: Queue, id: string): Promise<Job> {
    const job = await this.#call(Job.fromId(queue, id));
    if (job === undefined) throw new RoostError('not-found', `There is no job ${id} any more.`, { field: 'id' });
    return job;
  }

  #call<T>(promise: Promise<T>): Promise<T> {
    return call(this.#options.clock, promise);
  }
}
