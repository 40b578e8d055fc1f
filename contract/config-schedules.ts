import { z } from 'zod';
import { duration } from './quantities.js';

/** The `schedules` of `roost.yaml`: jobs that come again. */

export const missedPolicies = ['skip', 'once', 'all'] as const;
export type MissedPolicy = (typeof missedPolicies)[number];
export const overlapPolicies = ['skip', 'queue', 'replace'] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];
export const scheduleModes = ['run', 'shadow'] as const;

/** Part of job ids, keys and file names. */
export const scheduleNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/, 'must be 1 to 60 of A-Z a-z 0-9 . _ - and start with a letter or digit')
  // What every object has by itself would be found where nobody put it.
  .refine((name) => !(name in {}), 'must not be a word of the language such as constructor');

const scheduleSchema = z.strictObject({
  /** Five fields (minute hour day month weekday) or @hourly, @daily, @weekly, @monthly, @yearly. */
  cron: z.string().min(1).max(200).optional(),
  /** Instead of `cron`: at full multiples since 1970, UTC. */
  every: duration(1_000, 366 * 86_400_000).optional(),
  /** IANA time zone of `cron`. */
  tz: z.string().min(1).max(60).optional(),
  /** What runs. Only the default schedules may leave it out. */
  handler: z.string().min(1).max(60).optional(),
  /** Instead of the handler's own queue. */
  queue: z.string().min(1).max(60).optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  /** What to do about runs whose time passed while Roost was off, asleep or held. */
  missed: z.enum(missedPolicies).optional(),
  /** How far back a missed run counts; without it `once` has no limit and `all` takes a day. */
  window: duration(1_000, 366 * 86_400_000).optional(),
  /** Pause between runs that are made up for. */
  stagger: duration(0, 86_400_000).optional(),
  /** What to do when the run before has not ended. */
  overlap: z.enum(overlapPolicies).optional(),
  /** `shadow` writes down when it would run and with what, and runs nothing. */
  mode: z.enum(scheduleModes).optional(),
});
/** As it stands in the file. */
export type ScheduleSource = z.input<typeof scheduleSchema>;
export const scheduleSourceSchema = scheduleSchema;

type Written = z.output<typeof scheduleSchema>;

/** With every default filled in; times in ms. */
export interface ScheduleConfig {
  readonly cron?: string;
  readonly every?: number;
  readonly tz: string;
  readonly handler: string;
  readonly queue?: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly missed: MissedPolicy;
  readonly window?: number;
  readonly stagger: number;
  readonly overlap: OverlapPolicy;
  readonly mode: (typeof scheduleModes)[number];
}

/** What runs without a line in the file; an entry of the same name changes parts of it, `null` takes it away. */
export const defaultSchedules: Readonly<Record<string, ScheduleSource>> = {
  governance: { cron: '0 2 * * *', tz: 'UTC', handler: 'governance' },
  'memory-cleanup': { cron: '0 * * * *', tz: 'UTC', handler: 'memory-cleanup' },
  'analytics-rollup': { cron: '0 3 * * *', tz: 'UTC', handler: 'analytics-rollup' },
  'competitor-analysis': { cron: '0 4 * * 0', tz: 'UTC', handler: 'competitor-analysis' },
  'trend-scan': { cron: '0 6 * * *', tz: 'UTC', handler: 'trend-scan' },
};

function resolved(written: Written): ScheduleConfig {
  const { every, window, stagger = 30_000, handler = '', queue, cron } = written;
  const { tz = 'UTC', data = {}, missed = 'once', overlap = 'skip', mode = 'run' } = written;
  return {
    ...(cron === undefined ? {} : { cron }),
    ...(every === undefined ? {} : { every }),
    tz,
    handler,
    ...(queue === undefined ? {} : { queue }),
    data,
    missed,
    ...(window === undefined ? {} : { window }),
    stagger,
    overlap,
    mode,
  };
}

/** A default schedule with what the file changes about it. */
function merged(name: string, written: Written): Written {
  const base = defaultSchedules[name];
  if (base === undefined) return written;
  const { cron, every: _, ...rest } = scheduleSchema.parse(base);
  return { ...rest, ...(written.every === undefined && cron !== undefined ? { cron } : {}), ...written };
}

function faultOf({ cron, every, handler }: Written): { readonly field: string; readonly message: string } | undefined {
  if (cron === undefined && every === undefined) return { field: 'cron', message: 'is needed, or every' };
  if (cron !== undefined && every !== undefined) return { field: 'every', message: 'must not stand beside cron: one of the two' };
  return handler === undefined ? { field: 'handler', message: 'is needed: it names what runs' } : undefined;
}

export const schedulesSchema = z
  .record(scheduleNameSchema, scheduleSchema.nullable())
  .default({})
  .transform((entries, context) => {
    const found: Record<string, ScheduleConfig> = {};
    for (const name of new Set([...Object.keys(defaultSchedules), ...Object.keys(entries)])) {
      const written = name in entries ? entries[name] : {};
      if (written === null || written === undefined) continue;
      const whole = merged(name, written);
      const fault = faultOf(whole);
      if (fault !== undefined) context.addIssue({ code: 'custom', path: [name, fault.field], message: fault.message });
      else found[name] = resolved(whole);
    }
    return found;
  });
export type SchedulesConfig = z.output<typeof schedulesSchema>;
