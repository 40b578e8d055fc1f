import { z } from 'zod';
import { scheduleNameSchema } from './config-schedules.js';
import { runViewSchema, scheduleDraftSchema, scheduleDraftShape, scheduleViewSchema } from './schedules.js';

const name = scheduleNameSchema;
const data = z.record(z.string(), z.unknown());

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
} as const;
