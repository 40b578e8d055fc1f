import { z } from 'zod';
import { coordinatorSchema } from './config-coordinator.js';
import { handlersSchema } from './config-handlers.js';
import { logsSchema } from './config-logs.js';
import { providersSchema } from './config-providers.js';
import { queuesSchema, workersSchema } from './config-queues.js';
import { rulesSchema } from './config-rules.js';
import { schedulesSchema } from './config-schedules.js';
import { poolSchema, sessionsSchema, templatesSchema, tiersSchema } from './config-sessions.js';
import { watchesSchema } from './config-watch.js';
import { bytes, duration } from './quantities.js';
import { servicesSchema } from './services.js';

export type { ProviderConfig } from './config-providers.js';
export { defaultQueues, type QueueName, queuesOf, slotsOf, type WorkerConfig } from './config-queues.js';
export type { TemplateConfig } from './config-sessions.js';
export type { WatchConfig } from './config-watch.js';

/** `roost.yaml`. Every key has a default: an empty file is a full working stack. Unknown keys are errors. */

const redisSchema = z
  .strictObject({
    mode: z.enum(['managed', 'external']).default('managed'),
    url: z
      .string()
      .regex(/^rediss?:\/\//, 'must start with redis:// or rediss://')
      .optional(),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,40}$/)
      .default('roost'),
    appendfsync: z.enum(['everysec', 'always']).default('everysec'),
    maxMemory: bytes(16 * 1024 ** 2).prefault('512MB'),
    /** Runs a managed server with known holes all the same. */
    allowOutdated: z.boolean().default(false),
    /** Of the managed server: how often, how many of the newest to keep, and for how many days the last one of each day. */
    backups: z
      .strictObject({
        every: duration(1_000, 7 * 86_400_000).prefault('1h'),
        keep: z.number().int().min(1).max(1_000).default(24),
        keepDays: z.number().int().min(0).max(366).default(7),
      })
      .prefault({}),
  })
  .refine((redis) => redis.mode === 'managed' || redis.url !== undefined, { message: 'is needed when mode is external', path: ['url'] });

export const configSchema = z.strictObject({
  version: z.literal(1).default(1),
  redis: redisSchema.prefault({}),
  services: servicesSchema.default({}),
  workers: workersSchema,
  queues: queuesSchema,
  handlers: handlersSchema.prefault({}),
  watch: watchesSchema,
  templates: templatesSchema,
  pool: poolSchema.prefault({}),
  sessions: sessionsSchema.prefault({}),
  tiers: tiersSchema.prefault({}),
  turns: z
    .strictObject({
      /** Then the agent is asked to stop; after `grace` it is ended with everything it started. */
      deadline: duration(1_000, 86_400_000).prefault('10m'),
      grace: duration(100, 600_000).prefault('5s'),
      /** Then the turn's trace says what takes so long. */
      slowAfter: duration(1_000, 86_400_000).prefault('1m'),
    })
    .prefault({}),
  /** Folders the built-in agent may search: Markdown for `knowledge`, any file for `tools`. */
  agent: z.strictObject({ knowledge: z.array(z.string()).default([]), files: z.array(z.string()).default([]) }).prefault({}),
  rules: rulesSchema.prefault({}),
  providers: providersSchema,
  coordinator: coordinatorSchema.prefault({}),
  schedules: schedulesSchema,
  logs: logsSchema.prefault({}),
  notifications: z.strictObject({ desktop: z.boolean().default(true) }).prefault({}),
  api: z.strictObject({ port: z.union([z.literal('auto'), z.number().int().min(1).max(65_535)]).default('auto') }).prefault({}),
});
export type Config = z.output<typeof configSchema>;
