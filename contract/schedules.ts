import { z } from 'zod';
import { missedPolicies, overlapPolicies, scheduleModes } from './config-schedules.js';

/** What a screen and the REST door show of schedules. Times are wall-clock ms since the epoch. */

export const runKinds = ['due', 'missed', 'by-hand', 'shadow'] as const;
export type RunKind = (typeof runKinds)[number];

/**
 * `waiting` and `running` are open; the rest is final. `skipped`: the run before had not ended. `missed`: its time
 * passed and the rule says not to make up for it. `replaced`: a newer run took its place. `removed`: somebody took the job away.
 */
export const runOutcomes = ['waiting', 'running', 'done', 'failed', 'skipped', 'missed', 'replaced', 'removed', 'shadow'] as const;
export type RunOutcome = (typeof runOutcomes)[number];

export const runViewSchema = z.object({
  id: z.string(),
  kind: z.enum(runKinds),
  /** The time of the rule it stands for; null when a person asked for it. */
  dueMs: z.number().nullable(),
  atMs: z.number(),
  outcome: z.enum(runOutcomes),
  queue: z.string(),
  /** Null where no job was made. */
  jobId: z.string().nullable(),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** Why it failed, or why there was no job. */
  note: z.string().nullable(),
  /** What the job carries; only shadow runs and runs with data of their own keep it. */
  data: z.record(z.string(), z.unknown()).optional(),
  /** Processes that died while they ran it; absent when none did. */
  deaths: z.number().int().optional(),
});
export type RunView = z.infer<typeof runViewSchema>;

export const scheduleStates = ['active', 'shadow', 'paused', 'parked', 'held', 'standby', 'faulty'] as const;
export type ScheduleState = (typeof scheduleStates)[number];

export const scheduleViewSchema = z.object({
  name: z.string(),
  /** `parked`: its job killed what ran it. `standby`: another node runs it. `faulty`: nothing can run it as it is. */
  state: z.enum(scheduleStates),
  /** Why it is in this state, for a person; null while active. */
  why: z.string().nullable(),
  sinceMs: z.number().nullable(),
  cron: z.string().nullable(),
  everyMs: z.number().nullable(),
  tz: z.string(),
  handler: z.string(),
  queue: z.string(),
  missed: z.enum(missedPolicies),
  windowMs: z.number().nullable(),
  staggerMs: z.number(),
  overlap: z.enum(overlapPolicies),
  mode: z.enum(scheduleModes),
  /** `default`: there without a line in the file. */
  origin: z.enum(['default', 'file']),
  /** Names the present entry of the file: an edit that carries it is refused when somebody else was faster. */
  revision: z.string(),
  /** The next five; empty while it does not run. */
  next: z.array(z.number()),
  /** Runs that wait for their turn: after one that has not ended, or made up for one after another. */
  inLine: z.number().int(),
  open: z.number().int(),
  lastRun: runViewSchema.nullable(),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

/** An entry of the file as a person types it: durations with their unit, `${ENV}` not yet looked up. */
export const scheduleDraftShape = {
  cron: z.string().max(200).optional(),
  every: z.string().max(40).optional(),
  tz: z.string().max(60).optional(),
  handler: z.string().max(60).optional(),
  queue: z.string().max(60).optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  missed: z.enum(missedPolicies).optional(),
  window: z.string().max(40).optional(),
  stagger: z.string().max(40).optional(),
  overlap: z.enum(overlapPolicies).optional(),
  mode: z.enum(scheduleModes).optional(),
} as const;
export const scheduleDraftSchema = z.strictObject(scheduleDraftShape);
export type ScheduleDraft = z.infer<typeof scheduleDraftSchema>;

/** One line of an import: what it would become, or why it cannot. */
export const importRowSchema = z.object({
  /** As the other system calls it. */
  source: z.string(),
  name: z.string().nullable(),
  verdict: z.enum(['create', 'exists', 'cannot']),
  why: z.string().nullable(),
  draft: scheduleDraftSchema.nullable(),
  next: z.array(z.number()),
});
export type ImportRow = z.infer<typeof importRowSchema>;

export const importRecordSchema = z.object({
  id: z.string(),
  atMs: z.number(),
  format: z.enum(['celery', 'crontab']),
  names: z.array(z.string()),
});
export type ImportRecord = z.infer<typeof importRecordSchema>;
