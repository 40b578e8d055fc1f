import { z } from 'zod';
import type { QueueName } from '../../contract/config.js';
import { retryOptions } from './retry.js';

/** Turns belong to the node whose agents hold the session; other queues are shared between nodes. */
export const physicalQueue = (queue: QueueName, node: string): string => (queue === 'turns' ? `turns.${node}` : queue);

export const jobNames = { turn: 'turn', coach: 'coach', canary: 'canary' } as const;

export const turnJobSchema = z.object({ turnId: z.string(), sessionId: z.string() });
export type TurnJob = z.infer<typeof turnJobSchema>;
export const coachJobSchema = z.object({ turnId: z.string(), sessionId: z.string() });
export type CoachJob = z.infer<typeof coachJobSchema>;
/** The worker writes `nonce` to the queue's canary key: proof that it fetches and runs jobs. */
export const canaryJobSchema = z.object({ nonce: z.string(), queue: z.string() });
export type CanaryJob = z.infer<typeof canaryJobSchema>;

/** Bounds of what finished jobs may occupy in Redis. */
export const keepJobs = {
  removeOnComplete: { count: 1_000, age: 7 * 86_400 },
  removeOnFail: { count: 5_000, age: 30 * 86_400 },
} as const;

/** Worker options measured to survive sleep and crashes: a long lock, and recovery by evidence instead of expiry. */
export const workerTuning = { lockDuration: 600_000, stalledInterval: 30_000, maxStalledCount: 3, drainDelay: 5 } as const;

/** Options of the job of one turn: its id is the turn's, so that adding it twice makes one job. Priority 1 runs first, none before any. */
export const turnJobOptions = (turnId: string, priority?: number) =>
  ({ jobId: turnId, ...retryOptions('standard'), ...keepJobs, ...(priority === undefined ? {} : { priority }) }) as const;

export const coachJobOptions = (turnId: string) => ({ jobId: `coach-${turnId}`, ...retryOptions('standard'), ...keepJobs }) as const;

/** Deadlines of one job, where they differ from its handler's; they travel in the job's options under `roost`. */
export interface Deadlines {
  readonly softMs: number;
  readonly hardMs: number;
}
export const deadlinesSchema = z.object({ softMs: z.number().positive().optional(), hardMs: z.number().positive().optional() });
