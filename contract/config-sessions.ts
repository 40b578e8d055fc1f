import { z } from 'zod';
import { templateRulesSchema } from './config-rules.js';
import { duration } from './quantities.js';
import { argv, env, name } from './services.js';

/** Templates, the pool, sessions and their limits. */

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
    rules: templateRulesSchema.prefault({}),
  })
  .refine((template) => template.builtin !== (template.command !== undefined), { message: 'needs either builtin: true or a command', path: ['command'] })
  .refine((template) => !template.builtin || template.protocol === 'acp', { message: 'must be acp for the built-in agent', path: ['protocol'] })
  .refine((template) => template.protocol === 'acp' || template.ready !== undefined, { message: 'is needed for protocol none', path: ['ready'] });
export type TemplateConfig = z.output<typeof templateSchema>;

export const templatesSchema = z.record(name, templateSchema).prefault({ builtin: { builtin: true } });

export const poolSchema = z.strictObject({
  template: name.default('builtin'),
  size: z.number().int().min(0).max(100).default(3),
  spawnConcurrency: z.number().int().min(1).max(32).default(4),
  capacity: z.number().int().min(1).max(500).default(50),
  checkEvery: duration(500, 600_000).prefault('30s'),
});

export const sessionsSchema = z.strictObject({
  staleAfter: duration(1_000, 86_400_000).prefault('30m'),
  cleanupEvery: duration(500, 86_400_000).prefault('5m'),
  startsPerMinute: z.number().int().min(1).max(10_000).default(10),
});
