import { z } from 'zod';
import { templateRulesSchema } from './config-rules.js';
import { bytes, duration } from './quantities.js';
import { argv, env, exactlyOne, name, probeKinds } from './services.js';

/** Templates, the pool, sessions and their limits. */

function isTimeZone(name: string): boolean {
  if (name === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

const templateSchema = z
  .strictObject({
    protocol: z.enum(['acp', 'none']).default('acp'),
    builtin: z.boolean().default(false),
    command: argv.optional(),
    cwd: z.string().optional(),
    env: env.default({}),
    /** Of an ACP agent: the id of the way to sign in that Roost chooses at the start; its key stands in `env`. */
    auth: z.string().min(1).max(200).optional(),
    initTimeout: duration(100, 600_000).prefault('10s'),
    /** Only for protocol none: a line of output that says the program is ready, or a question whose good answer does. */
    ready: z
      .strictObject({ log: z.string().min(1).optional(), ...probeKinds })
      .refine((ready) => exactlyOne([ready.log, ready.http, ready.tcp, ready.command]), { message: 'needs exactly one of log, http, tcp and command' })
      .optional(),
    rules: templateRulesSchema.prefault({}),
    /** Agents of this template to keep warm; that of the pool itself has `pool.size`. */
    warm: z.number().int().min(0).max(100).optional(),
    /** When an agent is worn out: a fresh one takes its place between two turns. */
    recycle: z
      .strictObject({
        afterTurns: z.number().int().min(1).max(1_000_000).default(200),
        after: duration(1_000, 30 * 86_400_000).prefault('1d'),
        /** Resident memory of its whole tree. */
        memory: bytes(16 * 1024 ** 2).prefault('1500MB'),
      })
      .prefault({}),
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
  /** Without a session start for this long only `quietSize` agents stay warm. */
  idleTtl: duration(1_000, 7 * 86_400_000).prefault('15m'),
  quietSize: z.number().int().min(0).max(100).default(1),
  /** What all agents together may use, measured over their trees. */
  memoryBudget: bytes(64 * 1024 ** 2).prefault('4GB'),
  /** Memory of the machine that starts of agents leave free. */
  memoryReserve: bytes(0).prefault('256MB'),
});

export const sessionsSchema = z.strictObject({
  staleAfter: duration(1_000, 86_400_000).prefault('30m'),
  cleanupEvery: duration(500, 86_400_000).prefault('5m'),
  startsPerMinute: z.number().int().min(1).max(10_000).default(10),
  /** Turns of one session that may stand in line at the same time. */
  waitingTurns: z.number().int().min(1).max(10_000).default(100),
  /** Whose midnight begins a new day of the tiers: an IANA time zone. */
  quotaZone: z.string().max(60).refine(isTimeZone, 'must be an IANA time zone such as UTC or Europe/Berlin').default('UTC'),
  /** Turns of one session that stay in Redis; older ones move to a file in the data directory. */
  archiveAfterTurns: z.number().int().min(1).max(10_000).default(200),
});

const tier = (turnsPerDay: number) => z.strictObject({ turnsPerDay: z.number().int().min(1).max(1_000_000_000).default(turnsPerDay) }).prefault({});

/** How many turns a user may ask in one day of `sessions.quotaZone`. */
export const tiersSchema = z.strictObject({ free: tier(50), basic: tier(500), pro: tier(5_000) });
