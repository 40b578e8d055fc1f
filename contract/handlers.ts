import { z } from 'zod';
import { queueNameSchema } from './config-queues.js';
import { type HandlerSpec, retryPresetNames } from './handler-spec.js';
import { shippedHandlers } from './handler-specs.js';

export * from './handler-spec.js';

/**
 * The jobs Roost knows by name: where they go, what data they take, how long they may run. What they do
 * is in `worker/handlers/<name>.ts`. A user's own handlers add to these while running.
 */

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
