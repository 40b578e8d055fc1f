import { z } from 'zod';
import type { Config } from './config.js';
import { policyNames } from './config-coordinator.js';
import { jobNewsSchema, runOutcomeSchema, runRequestSchema, stopKinds } from './handler-messages.js';
import { redisAddressSchema } from './redis-address.js';
import { turnViewSchema } from './state.js';

export { type RedisAddress, redisAddressSchema } from './redis-address.js';

/**
 * What the supervisor and its own worker child say to each other over the parent channel (the
 * built-in IPC of Node headless, a utility process's port in the desktop app). Never for foreign
 * programs: garbage on that channel raises an exception in the parent.
 */
/** The coordinator's part of the config as it comes out of the config schema: durations are milliseconds, nothing has a default any more. */
const coordinatorSettingsSchema: z.ZodType<Config['coordinator']> = z.object({
  policy: z.enum(policyNames),
  alpha: z.number(),
  warmupPulls: z.number().int(),
  warmup: z.enum(['gradual', 'uniform']),
  floor: z.number(),
  priorCount: z.number(),
  memory: z.object({ halfLife: z.union([z.literal('never'), z.number()]), window: z.union([z.literal('all'), z.number()]) }),
  rewards: z.object({ model: z.enum(['graded', 'binary']), answered: z.number(), speed: z.number(), implicitWeight: z.number() }),
  feedbackWindow: z.number(),
  latencyBudget: z.number(),
  intents: z.record(z.string(), z.array(z.string())),
  keepDays: z.number(),
  arms: z.record(z.string(), z.object({ prior: z.number(), weight: z.number(), frozen: z.boolean() })),
});

/** Secrets travel over the pipe after the start, never in argv or the environment. */
export const workerStartSchema = z.object({
  type: z.literal('start'),
  incarnation: z.number().int(),
  worker: z.string(),
  node: z.string(),
  prefix: z.string(),
  redis: redisAddressSchema,
  queues: z.array(z.string()),
  /** As in the config: one number, or a map by queue. */
  concurrency: z.union([z.number().int(), z.record(z.string(), z.number().int())]),
  coordinator: coordinatorSettingsSchema,
  turnDeadlineMs: z.number(),
  /** It begins with `rest` in force. */
  resting: z.boolean().optional(),
});
export type WorkerStart = z.infer<typeof workerStartSchema>;

export const toWorkerSchema = z.discriminatedUnion('type', [
  workerStartSchema,
  z.object({ type: z.literal('redis'), redis: redisAddressSchema }),
  /** The config has changed: from the next turn on. */
  z.object({ type: z.literal('settings'), coordinator: coordinatorSettingsSchema, turnDeadlineMs: z.number() }),
  /** Answer to `deliver`. */
  z.object({
    type: z.literal('delivered'),
    requestId: z.string(),
    outcome: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('done'),
        text: z.string(),
        provider: z.string().nullable(),
        stopReason: z.string(),
        agentMs: z.number(),
        humanMs: z.number().optional(),
      }),
      z.object({ kind: z.literal('cancelled'), text: z.string(), humanMs: z.number().optional() }),
      /** No agent can be had for now: the turn goes back in its session's line without a job, and gets one when there is an agent. */
      z.object({ kind: z.literal('parked'), message: z.string() }),
      z.object({
        kind: z.literal('failed'),
        code: z.string(),
        message: z.string(),
        retryable: z.boolean(),
        agentMs: z.number(),
        humanMs: z.number().optional(),
      }),
    ]),
  }),
  /** The agent of that delivery waits for a person, or goes on: nobody is late meanwhile. */
  z.object({ type: z.literal('delivery-waits'), requestId: z.string(), waiting: z.boolean() }),
  /** A person changed their mind: stop working on this turn. */
  z.object({ type: z.literal('cancel'), turnId: z.string() }),
  /** The same for any job in hand. */
  z.object({ type: z.literal('cancel-job'), queue: z.string(), jobId: z.string() }),
  /** From the next fetch on. Queues not named keep what they have. */
  z.object({ type: z.literal('tune'), concurrency: z.record(z.string(), z.number().int().min(1)) }),
  /** The machine is about to sleep: begin no job, go on with those in hand; `on: false` takes that back. Each may come twice or alone. */
  z.object({ type: z.literal('rest'), on: z.boolean() }),
  /** What the job of `run` tells, and what came of it. */
  z.object({ type: z.literal('run-news'), requestId: z.string(), news: jobNewsSchema }),
  z.object({ type: z.literal('ran'), requestId: z.string(), outcome: runOutcomeSchema }),
  /** It seems to hang: say what is going on inside, before it is ended. */
  z.object({ type: z.literal('diagnose') }),
  /** Finish the jobs in hand, take no new ones, then exit 0; after `deadlineMs` hand jobs back and exit. */
  z.object({ type: z.literal('drain'), deadlineMs: z.number() }),
]);
export type ToWorker = z.infer<typeof toWorkerSchema>;
export type DeliveryOutcome = Extract<ToWorker, { type: 'delivered' }>['outcome'];

export const fromWorkerSchema = z.discriminatedUnion('type', [
  /** Sent once all queues are connected and consuming. */
  z.object({ type: z.literal('ready'), incarnation: z.number().int() }),
  z.object({
    type: z.literal('beat'),
    incarnation: z.number().int(),
    seq: z.number().int(),
    busySlots: z.number().int(),
    /** Raised by every job step that moved; standing still with busy slots means stalled. */
    progress: z.number().int(),
    jobs: z
      .array(
        z.object({
          queue: z.string(),
          id: z.string(),
          name: z.string(),
          sinceMs: z.number(),
          /** Raised by every step of this job. */
          steps: z.number().int().optional(),
          /** How much longer it announced to stand still; 0 or absent when it should move. */
          quietMs: z.number().optional(),
        }),
      )
      .max(500),
    /** Jobs that have left its hands since its start, canaries aside. */
    jobsDone: z.number().int().optional(),
    /** Nothing can move through no fault of this process: Redis is away. */
    excused: z.boolean().optional(),
    loopLagMs: z.number(),
    rssBytes: z.number(),
  }),
  /** Asks the supervisor to put a turn to its session's agent. Repeating a turnId joins the delivery under way. */
  z.object({
    type: z.literal('deliver'),
    requestId: z.string(),
    turnId: z.string(),
    sessionId: z.string(),
    arm: z.string(),
    text: z.string(),
    deadlineMs: z.number(),
  }),
  /** Asks the supervisor to run a job in a handler process. */
  z.object({ type: z.literal('run'), requestId: z.string(), request: runRequestSchema }),
  /** That job is not wanted any more, or goes back in line; `ran` follows once nothing of it runs. */
  z.object({ type: z.literal('stop-run'), requestId: z.string(), reason: z.enum(stopKinds) }),
  /** The turn's record in Redis changed; carries the new view so that screens need no read. */
  z.object({ type: z.literal('turn'), turn: turnViewSchema }),
  z.object({ type: z.literal('log'), level: z.enum(['debug', 'info', 'warn', 'error']), message: z.string() }),
  /** Answer to `diagnose`: lines for the log, the first one a summary. */
  z.object({ type: z.literal('diagnosis'), lines: z.array(z.string().max(2_000)).min(1).max(60) }),
  z.object({ type: z.literal('drained') }),
]);
export type FromWorker = z.infer<typeof fromWorkerSchema>;

/** What the supervisor tells its built-in agent once, before the first ACP message, as ACP `initialize` `_meta.roost`. */
export const agentSetupSchema = z.object({
  knowledge: z.array(z.string()),
  files: z.array(z.string()),
  providers: z.array(z.object({ name: z.string(), baseUrl: z.string(), model: z.string(), apiKey: z.string().optional(), timeoutMs: z.number() })),
});
export type AgentSetup = z.infer<typeof agentSetupSchema>;
