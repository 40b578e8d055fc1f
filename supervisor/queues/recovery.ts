import { Job, type Queue, UnrecoverableError } from 'bullmq';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { countDeath, poisonDeaths } from '../../core/jobs/deaths.js';
import { call, type Redis } from '../../core/redis/connection.js';

export interface JobFacts {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  /** Name of the worker that took it, where workers have names. */
  readonly processedBy: string | undefined;
}

/** Turns belong to one node; a job of a queue that nodes share is of the node whose worker took it. */
export const isOfNode = (job: Pick<JobFacts, 'processedBy'>, queue: string, node: string): boolean =>
  queue === 'turns' || job.processedBy?.startsWith(`${node}.`) === true;

export interface Recovery {
  readonly requeued: readonly string[];
  /** Failed for good; whoever owns the work behind them has to be told. */
  readonly poisoned: readonly JobFacts[];
  readonly tookMs: number;
}

/** The queue library's word for "without looking at the lock". Not part of its promises: pinned by a test against the real thing. */
const noLock = '0';

/**
 * Moves the active jobs of workers that are proven dead back to the head of the line. Waiting for
 * their locks to expire would take ten minutes. Must not run while the owner of a job may still live: it would run twice.
 */
export async function requeueActive(options: {
  readonly queue: Queue;
  readonly redis: Redis;
  readonly clock: Clock;
  readonly log: Log;
  /** Which of the active jobs belong to the dead; all when left out. */
  readonly predicate?: (job: JobFacts) => boolean;
  /** False when the workers died of something else than their jobs, as at a restart of Roost. */
  readonly countsAsDeath?: boolean;
}): Promise<Recovery> {
  const { queue, redis, clock, log } = options;
  const startedMs = clock.monoMs();
  const activeKey = queue.toKey('active');
  const ids = await call(clock, redis.lrange(activeKey, 0, -1));
  const requeued: string[] = [];
  const poisoned: JobFacts[] = [];
  // One after another from the one taken last: each goes to the head of the line, so the oldest ends up first.
  for (const id of ids) {
    const job = await call(clock, Job.fromId(queue, id));
    if (job === undefined) {
      // Its record is gone: nothing to run, and nobody else would ever take the id out.
      await call(clock, redis.lrem(activeKey, 0, id));
      continue;
    }
    const facts: JobFacts = { id, name: job.name, data: job.data, processedBy: job.processedBy };
    if (options.predicate !== undefined && !options.predicate(facts)) continue;
    try {
      const key = queue.toKey(id);
      // With the token of the dead worker the move also takes its lock away, in one step; an expired lock has none.
      const token = (await call(clock, redis.get(`${key}:lock`))) ?? noLock;
      const deaths = options.countsAsDeath === false ? 0 : await call(clock, countDeath(redis, key));
      if (deaths >= poisonDeaths) {
        await call(clock, job.moveToFailed(new UnrecoverableError(`poison: ${deaths} workers died while they ran it`), token));
        poisoned.push(facts);
      } else {
        await call(clock, job.moveToWait(token));
        requeued.push(id);
      }
    } catch (error) {
      if ((await call(clock, redis.lpos(activeKey, id))) !== null) throw error;
      log.info('an active job had ended on its own', { queue: queue.name, job: id });
    }
  }
  const recovery = { requeued, poisoned, tookMs: clock.monoMs() - startedMs };
  if (requeued.length + poisoned.length > 0)
    log.warn('jobs of a dead worker recovered', {
      queue: queue.name,
      requeued: requeued.length,
      poisoned: poisoned.length,
      tookMs: Math.round(recovery.tookMs),
    });
  return recovery;
}
