import { z } from 'zod';
import { jobDetailSchema, jobOutcomes, jobRecordSchema, jobRowSchema, jobStates, jobTotalSchema, queueBoardSchema } from './job-views.js';
import { queueViewSchema } from './state.js';

/** Calls about queues, jobs and their control; part of the one table in methods.ts. */

const queue = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'must be 1 to 64 of A-Z a-z 0-9 _ - and begin with a letter or digit');
/** Wider than other ids: those of scheduled jobs hold colons. */
const jobId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[!-~]+$/, 'must be 1 to 256 printable characters without spaces');
const jobName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ - and begin with a letter or digit');

export const maxJobDataBytes = 256 * 1024;
const jobData = z.record(z.string(), z.unknown()).refine((data) => JSON.stringify(data).length <= maxJobDataBytes, 'must be at most 256 KiB as JSON');
const job = z.strictObject({ queue, id: jobId });
const done = z.object({ message: z.string() });
const search = z.string().min(1).max(200);

export const cleanStates = ['waiting', 'delayed', 'failed', 'completed'] as const;
export const maxClean = 10_000;

export const queueMethods = {
  'queue.list': { params: z.strictObject({}), result: z.object({ queues: z.record(z.string(), queueViewSchema.extend(queueBoardSchema.shape)) }) },
  /** One queue with its totals: the last two hours in steps of five minutes, seven days by the hour. */
  'queue.get': {
    params: z.strictObject({ queue }),
    result: z.object({
      name: z.string(),
      queue: queueViewSchema.extend(queueBoardSchema.shape),
      recent: z.array(jobTotalSchema),
      hours: z.array(jobTotalSchema),
    }),
  },
  /**
   * A page, the next to run or the newest first. With `search` (in id, name or data, any case) jobs are looked through
   * for a limited time from `from` on: `searched` says how many of how many, `next` where to go on, null at the end.
   */
  'queue.jobs': {
    params: z.strictObject({
      queue,
      state: z.enum(jobStates).default('waiting'),
      page: z.number().int().min(1).max(1_000_000).default(1),
      pageSize: z.number().int().min(1).max(200).default(50),
      search: search.optional(),
      from: z.number().int().min(0).max(1_000_000_000).default(0),
    }),
    result: z.object({
      jobs: z.array(jobRowSchema),
      total: z.number().int(),
      page: z.number().int(),
      pageSize: z.number().int(),
      searched: z.object({ looked: z.number().int(), of: z.number().int(), next: z.number().int().nullable() }).nullable(),
    }),
  },
  'job.get': { params: job, result: z.object({ job: jobDetailSchema }) },
  'job.add': {
    params: z.strictObject({
      queue,
      name: jobName,
      data: jobData.default({}),
      priority: z.number().int().min(1).max(1_000_000).optional(),
      delayMs: z
        .number()
        .int()
        .min(0)
        .max(366 * 86_400_000)
        .optional(),
      attempts: z.number().int().min(1).max(100).optional(),
      /** The same id again changes nothing. */
      jobId: z.string().min(1).max(200).optional(),
      /** Instead of the handler's own deadlines. */
      softMs: z.number().int().min(100).max(86_400_000).optional(),
      hardMs: z.number().int().min(100).max(86_400_000).optional(),
    }),
    result: z.object({ id: z.string(), queue: z.string() }),
  },
  'job.retry': { params: job, result: done },
  /** `cancelling`: a worker holds it and was told to stop. */
  'job.cancel': { params: job, result: done.extend({ status: z.enum(['cancelled', 'cancelling']) }) },
  'job.remove': { params: job, result: done },
  'job.promote': { params: job, result: done },
  /** A new job of the same kind; `data` replaces that of the old one. */
  'job.duplicate': { params: job.extend({ data: jobData.optional() }), result: z.object({ id: z.string(), queue: z.string() }) },
  'queue.pause': { params: z.strictObject({ queue }), result: z.object({ paused: z.array(z.string()) }) },
  'queue.resume': { params: z.strictObject({ queue }), result: z.object({ resumed: z.array(z.string()) }) },
  'queue.pauseAll': { params: z.strictObject({}), result: z.object({ paused: z.array(z.string()) }) },
  'queue.resumeAll': { params: z.strictObject({}), result: z.object({ resumed: z.array(z.string()) }) },
  /** `left` says how many are still failed, `skipped` how many of them nobody may retry. */
  'queue.retryFailed': {
    params: z.strictObject({ queue, name: jobName.optional() }),
    result: z.object({ retried: z.number().int(), skipped: z.number().int(), left: z.number().int() }),
  },
  /** Removes jobs of one state that are at least so old, the oldest first. */
  'queue.clean': {
    params: z.strictObject({
      queue,
      state: z.enum(cleanStates),
      olderThanMs: z
        .number()
        .int()
        .min(0)
        .max(3_660 * 86_400_000)
        .default(0),
      limit: z.number().int().min(1).max(maxClean).default(1_000),
    }),
    result: z.object({ removed: z.number().int(), left: z.number().int() }),
  },
  /** Finished jobs of the last seven days, the newest first; `next` goes on where this answer ended. */
  'job.history': {
    params: z.strictObject({
      queue: queue.optional(),
      name: jobName.optional(),
      outcome: z.enum(jobOutcomes).optional(),
      fromMs: z.number().int().min(0).optional(),
      toMs: z.number().int().min(0).optional(),
      /** Only those that ended so many ms ago at most. */
      withinMs: z.number().int().min(0).optional(),
      limit: z.number().int().min(1).max(500).default(50),
      cursor: z
        .string()
        .max(200)
        .regex(/^[\w.:-]+$/)
        .optional(),
    }),
    result: z.object({ records: z.array(jobRecordSchema), next: z.string().nullable(), oldestMs: z.number().nullable() }),
  },
} as const;
