import { z } from 'zod';
import { queueNameSchema } from './config-queues.js';
import { retryPresetNames } from './handlers.js';
import { name } from './services.js';

/** Calls about workers and handlers; part of the one table in methods.ts. */

const slots = z.number().int().min(1).max(200);
const rate = z.object({ max: z.number(), everyMs: z.number() });

export const handlerViewSchema = z.object({
  name: z.string(),
  summary: z.string(),
  queue: z.string(),
  softMs: z.number(),
  hardMs: z.number(),
  retry: z.enum(retryPresetNames),
  /** From the folder of own handlers. */
  own: z.boolean(),
});
export type HandlerView = z.infer<typeof handlerViewSchema>;

export const workerViewSchema = z.object({
  /** As in the config; of another machine as it calls itself. */
  name: z.string(),
  /** Of this host, or the name of the machine it runs on. */
  machine: z.string().nullable(),
  state: z.string(),
  pid: z.number().nullable(),
  rssBytes: z.number().nullable(),
  /** Since its present child runs. */
  ageMs: z.number().nullable(),
  jobsDone: z.number().nullable(),
  recycleAfterJobs: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  balanced: z.boolean(),
  /** `configured` is what the config says, `slots` what holds now. */
  queues: z.array(z.object({ queue: z.string(), slots: z.number(), configured: z.number(), busy: z.number() })),
  jobs: z.array(z.object({ queue: z.string(), id: z.string(), name: z.string(), forMs: z.number() })),
});
export type WorkerView = z.infer<typeof workerViewSchema>;

export const workMethods = {
  /** `problems`: files of the folder that are no handlers, and why. */
  'handler.list': {
    params: z.strictObject({}),
    result: z.object({ handlers: z.array(handlerViewSchema), problems: z.array(z.object({ file: z.string(), problem: z.string() })) }),
  },
  /** `handlerProcesses`: what runs the jobs of handlers at this moment. */
  'worker.list': {
    params: z.strictObject({}),
    result: z.object({
      workers: z.array(workerViewSchema),
      handlerProcesses: z.object({ processes: z.number(), busy: z.number(), waiting: z.number(), most: z.number(), pids: z.array(z.number()) }),
      rates: z.record(z.string(), rate),
    }),
  },
  /** Jobs side by side, at once, until the config is edited or Roost restarts. */
  'worker.tune': {
    params: z.strictObject({ worker: name, concurrency: z.record(queueNameSchema, slots) }),
    result: z.object({ concurrency: z.record(z.string(), z.number()) }),
  },
  /** A fresh process takes over without a gap; `renewed` is false when none could. */
  'worker.renew': { params: z.strictObject({ worker: name }), result: z.object({ renewed: z.boolean() }) },
  /** Jobs that may begin within any so many ms, on all nodes together; null for no limit. Holds until the config is edited. */
  'queue.tune': {
    params: z.strictObject({
      queue: queueNameSchema,
      rate: z.strictObject({ max: z.number().int().min(1).max(1_000_000), everyMs: z.number().int().min(100).max(86_400_000) }).nullable(),
    }),
    result: z.object({ rate: rate.nullable() }),
  },
} as const;
