import { z } from 'zod';
import { bytes, duration } from './quantities.js';
import { argv, env, name, servicesSchema } from './services.js';

/** `roost.yaml`. Every key has a default: an empty file is a full working stack. Unknown keys are errors. */

export const queueNames = ['turns', 'coach'] as const;
export type QueueName = (typeof queueNames)[number];

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

const workerSchema = z.strictObject({
  queues: z.array(z.enum(queueNames)).min(1),
  concurrency: z.number().int().min(1).max(200).default(10),
});

const templateSchema = z
  .strictObject({
    protocol: z.enum(['acp', 'none']).default('acp'),
    builtin: z.boolean().default(false),
    command: argv.optional(),
    cwd: z.string().optional(),
    env: env.default({}),
    initTimeout: duration(100, 600_000).prefault('10s'),
    /** Only for protocol none: a line of output that says the program is ready. */
    ready: z.strictObject({ log: z.string().min(1) }).optional(),
  })
  .refine((template) => template.builtin !== (template.command !== undefined), { message: 'needs either builtin: true or a command', path: ['command'] })
  .refine((template) => !template.builtin || template.protocol === 'acp', { message: 'must be acp for the built-in agent', path: ['protocol'] })
  .refine((template) => template.protocol === 'acp' || template.ready !== undefined, { message: 'is needed for protocol none', path: ['ready'] });
export type TemplateConfig = z.output<typeof templateSchema>;

const providerSchema = z.strictObject({
  name,
  baseUrl: z.string().regex(/^https?:\/\//, 'must start with http:// or https://'),
  model: z.string().min(1),
  apiKey: z.string().optional(),
  timeout: duration(100, 600_000).prefault('60s'),
});
export type ProviderConfig = z.output<typeof providerSchema>;

const armSchema = z.strictObject({ prior: z.number().min(0).max(1), weight: z.number().min(0).max(100).default(1), frozen: z.boolean().default(false) });

export const configSchema = z.strictObject({
  version: z.literal(1).default(1),
  redis: redisSchema.prefault({}),
  services: servicesSchema.default({}),
  workers: z.record(name, workerSchema).default({ turns: { queues: ['turns', 'coach'], concurrency: 10 } }),
  templates: z.record(name, templateSchema).prefault({ builtin: { builtin: true } }),
  pool: z
    .strictObject({
      template: name.default('builtin'),
      size: z.number().int().min(0).max(100).default(3),
      spawnConcurrency: z.number().int().min(1).max(32).default(4),
      capacity: z.number().int().min(1).max(500).default(50),
      checkEvery: duration(500, 600_000).prefault('30s'),
    })
    .prefault({}),
  sessions: z
    .strictObject({
      staleAfter: duration(1_000, 86_400_000).prefault('30m'),
      cleanupEvery: duration(500, 86_400_000).prefault('5m'),
      startsPerMinute: z.number().int().min(1).max(10_000).default(10),
    })
    .prefault({}),
  turns: z.strictObject({ deadline: duration(1_000, 86_400_000).prefault('10m') }).prefault({}),
  /** Folders the built-in agent may search: Markdown for `knowledge`, any file for `tools`. */
  agent: z.strictObject({ knowledge: z.array(z.string()).default([]), files: z.array(z.string()).default([]) }).prefault({}),
  providers: z.array(providerSchema).max(20).default([]),
  coordinator: z
    .strictObject({
      policy: z.enum(['thompson', 'ucb1', 'epsilon-greedy', 'static']).default('thompson'),
      alpha: z.number().min(0).max(10).default(1),
      warmupPulls: z.number().int().min(1).max(1_000_000).default(1_000),
      feedbackWindow: duration(0, 86_400_000).prefault('10m'),
      latencyBudget: duration(100, 3_600_000).prefault('30s'),
      arms: z.record(name, armSchema).prefault({ npc: { prior: 0.7 }, tools: { prior: 0.6 }, knowledge: { prior: 0.5 } }),
    })
    .prefault({}),
  notifications: z.strictObject({ desktop: z.boolean().default(true) }).prefault({}),
  api: z.strictObject({ port: z.union([z.literal('auto'), z.number().int().min(1).max(65_535)]).default('auto') }).prefault({}),
});
export type Config = z.output<typeof configSchema>;
