import { Job } from 'bullmq';
import type { Clock } from '../../core/base/clock.js';
import { call } from '../../core/redis/connection.js';
import type { QueueRegistry } from '../queues/queue-registry.js';

/** What became of the job of a run. */
export interface JobLook {
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly error: string | null;
  /** Processes that died while they ran it. */
  readonly deaths: number;
}

/** What schedules need of the queues. */
export interface ScheduleJobs {
  /** Adding an id again changes nothing. */
  add(queue: string, handler: string, data: unknown, jobId: string): Promise<void>;
  /** Undefined when the job is gone. */
  look(queue: string, jobId: string): Promise<JobLook | undefined>;
  /** Takes a waiting job away (true), or asks the one that runs to stop (false). */
  withdraw(queue: string, jobId: string): Promise<boolean>;
}

/** The worker's own word in the record of a job, see queues/recovery.ts. */
const deathsField = 'roostDeaths';

export function scheduleJobs(registry: QueueRegistry, clock: Clock, stopRunning: (queue: string, jobId: string) => void): ScheduleJobs {
  return {
    async add(queue, handler, data, jobId) {
      await registry.addJob(queue, handler, data, { jobId });
    },
    async look(queue, jobId) {
      const line = registry.queue(queue);
      const job = await call(clock, Job.fromId(line, jobId));
      if (job === undefined) return undefined;
      const [state, deaths] = await call(clock, Promise.all([job.getState(), registry.redis.hget(line.toKey(jobId), deathsField)]));
      if (state === 'unknown') return undefined;
      return {
        state: state === 'completed' ? 'done' : state === 'failed' ? 'failed' : state === 'active' ? 'running' : 'waiting',
        startedAtMs: job.processedOn ?? null,
        endedAtMs: job.finishedOn ?? null,
        error: job.failedReason ?? null,
        deaths: Number(deaths ?? 0),
      };
    },
    async withdraw(queue, jobId) {
      if (await registry.remove(queue, jobId)) return true;
      stopRunning(queue, jobId);
      return false;
    },
  };
}
