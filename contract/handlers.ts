import { z } from 'zod';
import { type QueueName, queueNameSchema } from './config-queues.js';
import { shippedHandlers } from './handler-specs.js';

/**
 * The jobs Roost knows by name: where they go, what data they take, how long they may run. What they do
 * is in `worker/handlers/<name>.ts`. A user's own handlers add to these while running.
 */

/** Delays before the next tries; the last one is used again when there are more. */
export const retryPresets = {
  /** One try: for work that is done again soon anyway, or must not be repeated. */
  none: { attempts: 1, delaysMs: [] },
  /** 5 s, 15 s, 30 s: for what fails for a moment. */
  standard: { attempts: 3, delaysMs: [5_000, 15_000, 30_000] },
  /** For other people's servers. */
  patient: { attempts: 6, delaysMs: [30_000, 120_000, 600_000] },
} as const;
export type RetryPreset = keyof typeof retryPresets;
export const retryPresetNames = Object.keys(retryPresets) as [RetryPreset, ...RetryPreset[]];

export interface HandlerSpec {
  readonly name: string;
  /** One sentence for a person. */
  readonly summary: string;
  /** Where its jobs go unless the caller says otherwise. */
  readonly queue: QueueName;
  /** What its jobs carry; checked before a job is added and again before it runs. */
  readonly data: z.ZodType;
  /** After this long its signal aborts: it should end and say what it has. */
  readonly softMs: number;
  /** After this long its process is ended with everything it started, and the job has failed for good. */
  readonly hardMs: number;
  readonly retry: RetryPreset;
}

/** Names of jobs that Roost adds for itself and that nobody else may add. */
export const reservedJobNames: readonly string[] = ['turn', 'coach', 'canary'];

const nameRule = 'must be 1 to 60 of a-z 0-9 -, a letter first';

export const handlerNameSchema = z
  .string()
  .max(60, nameRule)
  .regex(/^[a-z][a-z0-9-]*$/, nameRule)
  .refine((name) => !reservedJobNames.includes(name), 'is a name Roost uses itself');

/** One entry for each file in `worker/handlers/`. */
export const handlerSpecs: Readonly<Record<string, HandlerSpec>> = shippedHandlers;

/** What a user's own file tells of itself; its data are checked by its own code. */
export const ownHandlerSchema = z.strictObject({
  name: handlerNameSchema,
  summary: z.string().min(1).max(300),
  queue: queueNameSchema.default('analysis'),
  softMs: z.number().int().min(100).max(86_400_000).default(60_000),
  hardMs: z.number().int().min(200).max(86_400_000).default(120_000),
  retry: z.enum(retryPresetNames).default('standard'),
});
export type OwnHandler = z.output<typeof ownHandlerSchema>;
