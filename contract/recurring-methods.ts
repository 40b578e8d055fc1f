import { z } from 'zod';
import { scheduleModes, scheduleNameSchema } from './config-schedules.js';
import { importRecordSchema, importRowSchema, runViewSchema, scheduleDraftSchema, scheduleDraftShape, scheduleViewSchema } from './schedules.js';

const name = scheduleNameSchema;
const data = z.record(z.string(), z.unknown());

const format = z.enum(['celery', 'crontab']);
const left = z.array(z.object({ name: z.string(), why: z.string() }));

/** Calls about schedules; part of schedule-methods.ts. */
export const recurringMethods = {
  'schedule.list': { params: z.strictObject({}), result: z.object({ schedules: z.array(scheduleViewSchema), nowMs: z.number() }) },
  /** `draft` is the entry as it stands in the file, or as the default would. */
  'schedule.get': {
    params: z.strictObject({ name, limit: z.number().int().min(1).max(200).default(50) }),
    result: z.object({ schedule: scheduleViewSchema, draft: scheduleDraftSchema, runs: z.array(runViewSchema), nowMs: z.number() }),
  },
  /** Checks a draft as a save would, and says when it would run; nothing is kept. */
  'schedule.preview': {
    params: z.strictObject({ name: name.optional(), ...scheduleDraftShape }),
    result: z.object({ next: z.array(z.number()), queue: z.string(), nowMs: z.number() }),
  },
  /** Writes the entry into the config file. With `revision`: refused as `conflict` when the entry is another one by now. */
  'schedule.put': {
    params: z.strictObject({ name, ...scheduleDraftShape, revision: z.string().max(64).optional() }),
    result: z.object({ schedule: scheduleViewSchema, created: z.boolean() }),
  },
  'schedule.delete': { params: z.strictObject({ name }), result: z.object({ deleted: z.boolean() }) },
  /** At once, beside the rule; `data` stands in place of the schedule's own. */
  'schedule.run': { params: z.strictObject({ name, data: data.optional() }), result: z.object({ run: runViewSchema }) },
  'schedule.pause': { params: z.strictObject({ name }), result: z.object({ schedule: scheduleViewSchema }) },
  /** Ends a pause and releases a parked schedule. */
  'schedule.resume': { params: z.strictObject({ name }), result: z.object({ schedule: scheduleViewSchema }) },
  /**
   * The schedules of another system, all or nothing. With `dryRun` only said. `tz`: where the text names none. `app`: Celery's
   * own workers run the tasks that no handler stands for. `handlers`: task -> handler. Shadows unless `mode` says otherwise.
   */
  'schedule.import': {
    params: z.strictObject({
      format,
      text: z.string().min(1).max(200_000),
      dryRun: z.boolean().default(false),
      mode: z.enum(scheduleModes).default('shadow'),
      tz: z.string().min(1).max(60).optional(),
      app: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_.:]{0,199}$/, 'must be a Python module such as proj or proj.celery')
        .optional(),
      handlers: z.record(z.string(), z.string()).default({}),
    }),
    result: z.object({ rows: z.array(importRowSchema), tz: z.string(), import: importRecordSchema.nullable(), nowMs: z.number() }),
  },
  'schedule.imports': { params: z.strictObject({}), result: z.object({ imports: z.array(importRecordSchema) }) },
  /** Takes away what an import made; what was changed since, other than from shadow to run, stays and is named. */
  'schedule.undo': { params: z.strictObject({ id: z.string().min(1).max(64) }), result: z.object({ removed: z.array(z.string()), kept: left }) },
  /** The way back: the same schedules as the other system writes them, and what it cannot do. */
  'schedule.export': { params: z.strictObject({ format }), result: z.object({ text: z.string(), left }) },
  /** The runs of a schedule, shadows above all, beside the times in log lines of the old system. */
  'schedule.compare': {
    params: z.strictObject({
      name,
      text: z.string().min(1).max(200_000),
      /** Only lines that hold this. */
      match: z.string().min(1).max(200).optional(),
      toleranceMs: z.number().int().min(1_000).max(3_600_000).default(60_000),
    }),
    result: z.object({
      matched: z.number().int(),
      onlyHere: z.array(z.number()),
      onlyThere: z.array(z.number()),
      fromMs: z.number().nullable(),
      toMs: z.number().nullable(),
      here: z.number().int(),
      there: z.number().int(),
    }),
  },
} as const;
