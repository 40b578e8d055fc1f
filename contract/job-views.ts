import { z } from 'zod';

/** Jobs and queues as a person sees them. Times are wall-clock ms since the epoch. */

/** One that has a priority waits like any other. */
export const jobStates = ['waiting', 'active', 'delayed', 'failed', 'completed'] as const;
export type JobState = (typeof jobStates)[number];

export const jobActs = ['retry', 'cancel', 'remove', 'promote', 'duplicate'] as const;
export type JobAct = (typeof jobActs)[number];

export const jobOutcomes = ['completed', 'failed', 'cancelled'] as const;
export type JobOutcome = (typeof jobOutcomes)[number];

export const jobRowSchema = z.object({
  id: z.string(),
  queue: z.string(),
  name: z.string(),
  state: z.enum(jobStates),
  /** Beginning of the data as JSON text. */
  preview: z.string(),
  createdAtMs: z.number(),
  /** Of a delayed job: when it is due. */
  dueAtMs: z.number().nullable(),
  startedAtMs: z.number().nullable(),
  finishedAtMs: z.number().nullable(),
  attempts: z.number().int(),
  maxAttempts: z.number().int(),
  /** 0 is none; 1 runs first. */
  priority: z.number().int(),
  progress: z.object({ fraction: z.number().nullable(), text: z.string() }).nullable(),
  error: z.string().nullable(),
  worker: z.string().nullable(),
});
export type JobRow = z.infer<typeof jobRowSchema>;

/** A try that failed. Times are known for tries made by this version or later. */
export const jobAttemptSchema = z.object({
  attempt: z.number().int(),
  atMs: z.number().nullable(),
  runMs: z.number().nullable(),
  worker: z.string().nullable(),
  error: z.string(),
  stack: z.string().nullable(),
});
export type JobAttempt = z.infer<typeof jobAttemptSchema>;

export const jobDetailSchema = jobRowSchema.extend({
  /** What was put in; the text of it where that is too long to be read as a whole (`cut`). */
  data: z.unknown(),
  result: z.unknown(),
  cut: z.boolean(),
  /** The last lines of the job's own log. */
  logs: z.array(z.string()),
  logLines: z.number().int(),
  tries: z.array(jobAttemptSchema),
  timeline: z.array(z.object({ atMs: z.number(), kind: z.string(), text: z.string() })),
  /** Workers that died while they held it. */
  deaths: z.number().int(),
  /** The turn behind it, for jobs of a session. */
  turn: z.object({ turnId: z.string(), sessionId: z.string() }).nullable(),
  /** Why an act is not possible now; null when it is. */
  acts: z.record(z.enum(jobActs), z.string().nullable()),
});
export type JobDetail = z.infer<typeof jobDetailSchema>;

export const quantilesSchema = z.object({ p50: z.number(), p95: z.number(), p99: z.number() });
export type Quantiles = z.infer<typeof quantilesSchema>;

/** One job name in one queue over the last hour; milliseconds. */
export const nameFiguresSchema = z.object({
  name: z.string(),
  completed: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  wait: quantilesSchema.nullable(),
  run: quantilesSchema.nullable(),
});
export type NameFigures = z.infer<typeof nameFiguresSchema>;

export const consumerSchema = z.object({
  /** `<node>.<process>`. */
  worker: z.string(),
  node: z.string(),
  here: z.boolean(),
  state: z.string(),
  pid: z.number().nullable(),
  host: z.string(),
  concurrency: z.number().int(),
  /** Jobs of this queue in its hands. */
  busy: z.number().int(),
  /** Since its last sign of life. */
  ageMs: z.number().nullable(),
});
export type Consumer = z.infer<typeof consumerSchema>;

export const queueBoardSchema = z.object({
  paused: z.boolean(),
  /** Ended in the last minute; the average of five where that was none. */
  perMinute: z.number(),
  failedPerMinute: z.number(),
  /** Until what waits now is done at that rate; null when nothing moves. */
  clearMs: z.number().nullable(),
  /** Set while no living worker consumes it. */
  unconsumed: z.boolean(),
  names: z.array(nameFiguresSchema),
  workers: z.array(consumerSchema),
});
export type QueueBoard = z.infer<typeof queueBoardSchema>;

/** Jobs that ended in one span of time, by queue and name. Quantiles are null where none ran. */
export const jobTotalSchema = z.object({
  startMs: z.number(),
  queue: z.string(),
  name: z.string(),
  completed: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  waitMs: quantilesSchema.nullable(),
  runMs: quantilesSchema.nullable(),
});
export type JobTotal = z.infer<typeof jobTotalSchema>;

/** One finished job in the history. */
export const jobRecordSchema = z.object({
  id: z.string(),
  queue: z.string(),
  name: z.string(),
  outcome: z.enum(jobOutcomes),
  endedAtMs: z.number(),
  /** From when it could have run until it ran; null when it never did. */
  waitMs: z.number().nullable(),
  runMs: z.number().nullable(),
  attempts: z.number().int(),
  worker: z.string().nullable(),
  node: z.string(),
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;
