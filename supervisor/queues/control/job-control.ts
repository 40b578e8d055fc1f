import { Job, type Queue } from 'bullmq';
import { RoostError } from '../../../contract/errors.js';
import type { JobAct, JobDetail, JobRow, JobState } from '../../../contract/job-views.js';
import { type Clock, sleep } from '../../../core/base/clock.js';
import type { Log } from '../../../core/base/log.js';
import { errorCodeOf } from '../../../core/jobs/ended.js';
import { call, type Redis } from '../../../core/redis/connection.js';
import { readJob } from './job-detail.js';
import { readPage } from './job-page.js';
import { isCanary, isTurnJob, whyNot } from './job-rules.js';

export interface JobControlOptions {
  queue(name: string): Queue;
  redis(): Redis;
  readonly clock: Clock;
  readonly log: Log;
  /** Checked against what its handler takes; answers with the id. */
  addJob(queue: string, name: string, data: unknown, options: { readonly attempts: number; readonly priority?: number }): Promise<string>;
  /** The turn ends as cancelled, its job goes and the next one of its session begins. */
  cancelTurn(turnId: string): Promise<unknown>;
  /** What is to be stopped, on this node or another, until it is over. */
  readonly cancels: {
    ask(queue: string, id: string): Promise<void>;
    withdraw(queue: string, id: string): Promise<void>;
    all(): Promise<readonly { readonly queue: string; readonly id: string }[]>;
  };
  /** A job that waited will never run: for the history. */
  onCancelled(job: JobRow): void;
}

/** How long a job that was told to stop is watched: after that its worker has been ended, or nobody can tell. */
const watchCancelMs = 30_000;
const lookEveryMs = 250;
const batch = 100;

export type CleanState = Exclude<JobState, 'active'>;

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

  /** Throws `conflict` with the reason when the act is not possible now. */
  async check(act: JobAct, queue: string, id: string): Promise<void> {
    await this.#may(act, queue, id);
  }

  /** Runs again with all its attempts before it, as if it were new. */
  async retry(queue: string, id: string): Promise<void> {
    const { state } = await this.#may('retry', queue, id);
    await this.#retry(this.#options.queue(queue), id, state === 'completed' ? 'completed' : 'failed');
  }

  /** What waits goes at once; what is in hand is told to stop, and watched until it has. */
  async cancel(queue: string, id: string): Promise<'cancelled' | 'cancelling'> {
    const job = await this.#may('cancel', queue, id);
    if (isTurnJob(job)) {
      await this.#options.cancelTurn(job.turn?.turnId ?? id);
      return job.state === 'active' ? 'cancelling' : 'cancelled';
    }
    if (await this.#takeOut(queue, job)) return 'cancelled';
    await this.#options.cancels.ask(queue, id);
    void this.#watch(queue, id);
    return 'cancelling';
  }

  /** After a restart: jobs that were told to stop may have come back into the line. Out of it before a worker is there to begin them anew. */
  async recall(): Promise<void> {
    for (const { queue, id } of await this.#options.cancels.all()) {
      const over = await this.#isOver(queue, id).catch(() => false);
      if (over) await this.#options.cancels.withdraw(queue, id);
      else void this.#watch(queue, id);
    }
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

  /** A new job of the same kind in the same queue; answers with its id. */
  async duplicate(queue: string, id: string, data?: Readonly<Record<string, unknown>>): Promise<string> {
    const job = await this.#may('duplicate', queue, id);
    if (data === undefined && job.cut) throw this.#conflict(queue, id, 'its data are too large to be copied here');
    return this.#options.addJob(queue, job.name, data ?? job.data, { attempts: job.maxAttempts, ...(job.priority > 0 ? { priority: job.priority } : {}) });
  }

  /** All failed ones, or those of one name, the oldest first: a page at a time, so that nothing else has to wait. What fails anew meanwhile and what was cancelled is left. */
  async retryFailed(name: string, jobName: string | undefined): Promise<{ retried: number; skipped: number; left: number }> {
    const queue = this.#options.queue(name);
    let skipped = 0;
    const { did, left } = await this.#sweep(name, 'failed', Number.POSITIVE_INFINITY, async (job) => {
      if (jobName !== undefined && job.name !== jobName) return false;
      // What a person cancelled was not a mishap; it can still be run again by itself.
      const wanted = whyNot('retry', job) === null && errorCodeOf(job.error ?? '') !== 'cancelled';
      const may = wanted && (await this.#tried(this.#retry(queue, job.id, 'failed'), name, job.id));
      if (!may) skipped++;
      return may;
    });
    return { retried: did, skipped, left };
  }

  /**
   * Removes jobs of one state that are at least so old, the oldest first. Jobs of turns are cancelled as turns, so that
   * their sessions go on; the canary stays. Answers with how many went and how many of that state are left.
   */
  async clean(name: string, state: CleanState, olderThanMs: number, limit: number): Promise<{ removed: number; left: number }> {
    const youngestMs = this.#options.clock.wallMs() - olderThanMs;
    const { did, left } = await this.#sweep(name, state, limit, async (job) => {
      if ((job.finishedAtMs ?? job.createdAtMs) > youngestMs || isCanary(job.name)) return false;
      return this.#removeAny(name, job);
    });
    return { removed: did, left };
  }

  /** Goes once through the jobs of a state that are there now; `act` says whether it took one out. */
  async #sweep(name: string, state: CleanState, limit: number, act: (job: JobRow) => Promise<boolean>): Promise<{ did: number; left: number }> {
    const { clock } = this.#options;
    const of = { redis: this.#options.redis(), queue: this.#options.queue(name), name, state, clock } as const;
    // Finished jobs are read the newest first, so from their far end; new ones come in at the near one.
    const backwards = state === 'failed' || state === 'completed';
    const { total: before } = await readPage(of, 0, 0);
    let [did, kept] = [0, 0];
    for (;;) {
      const { total } = await readPage(of, 0, 0);
      const size = Math.min(batch, limit - did, before - did - kept, total - kept);
      if (size <= 0) return { did, left: total };
      // Counted from the far end, so that what comes in meanwhile shifts nothing.
      const { jobs } = backwards ? await readPage(of, -kept - size, -kept - 1) : await readPage(of, kept, kept + size - 1);
      const done = (await Promise.all((backwards ? jobs.reverse() : jobs).map(act))).filter(Boolean).length;
      did += done;
      kept += size - done;
    }
  }

  async #removeAny(queue: string, job: JobRow): Promise<boolean> {
    const live = job.state === 'waiting' || job.state === 'delayed';
    if (live && isTurnJob(job)) {
      return this.#tried(this.#options.cancelTurn(job.id), queue, job.id);
    }
    if ((await this.#call(this.#options.queue(queue).remove(job.id))) !== 1) return false;
    if (live) this.#options.onCancelled(job);
    return true;
  }

  async #retry(queue: Queue, id: string, from: 'failed' | 'completed'): Promise<void> {
    const job = await this.#job(queue, id);
    // Workers that died of it count anew as well.
    await this.#call(this.#options.redis().hdel(queue.toKey(id), 'roostDeaths'));
    await this.#call(job.retry(from, { resetAttemptsMade: true, resetAttemptsStarted: true }));
  }

  async #tried(act: Promise<unknown>, queue: string, id: string): Promise<boolean> {
    try {
      await act;
      return true;
    } catch (error) {
      this.#options.log.debug('one of many jobs could not be dealt with', { queue, job: id, error });
      return false;
    }
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
        if (await this.#isOver(queue, id)) break;
      }
      await this.#options.cancels.withdraw(queue, id);
    } catch (error) {
      log.debug('a cancelled job is no longer watched', { queue, job: id, error });
    } finally {
      this.#cancelling.delete(key);
    }
  }

  /** Whether a cancelled job has ended or is gone; one that waits again is taken out. */
  async #isOver(queue: string, id: string): Promise<boolean> {
    const job = await this.get(queue, id).catch((error: unknown) => {
      if (error instanceof RoostError && error.code === 'not-found') return undefined;
      throw error;
    });
    if (job === undefined || job.state === 'completed' || job.state === 'failed') return true;
    return job.state !== 'active' && this.#takeOut(queue, job);
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
