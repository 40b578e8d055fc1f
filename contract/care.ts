import { z } from 'zod';
import { exitCauses, exitViewSchema } from './exits.js';

/** What Roost tells about disturbances, emergency stops and copies of its data. */

export const holdLevels = ['hold', 'interrupt', 'kill'] as const;
export type HoldLevel = (typeof holdLevels)[number];
/** Something that should have ended at an emergency stop and was still there when Roost looked. */
export const survivorSchema = z.object({
  kind: z.enum(['job', 'agent', 'worker', 'command', 'handler']),
  name: z.string(),
  pid: z.number().nullable(),
  detail: z.string(),
});
export type Survivor = z.infer<typeof survivorSchema>;
/** The emergency stop in force; there is none when the slice is null. */
export const holdViewSchema = z.object({
  level: z.enum(holdLevels),
  sinceMs: z.number(),
  /** Queues that release will resume: those that somebody else had paused before stay so. */
  queues: z.array(z.string()),
  survivors: z.array(survivorSchema),
  /** False while Redis is away: the stop is in force here, its queues are paused as soon as Redis is back. */
  complete: z.boolean(),
});
export type HoldView = z.infer<typeof holdViewSchema>;

export const incidentSummarySchema = z.object({
  id: z.string(),
  status: z.enum(['open', 'resolved']),
  /** When the record was opened: the same as `detectedAtMs`. */
  openedAtMs: z.number(),
  /** The last moment at which all that it touches was seen to work: what hangs is found later than it began. */
  beganAtMs: z.number(),
  detectedAtMs: z.number(),
  resolvedAtMs: z.number().nullable(),
  /** From `beganAtMs` until everything that was touched worked again. */
  recoveryMs: z.number().nullable(),
  trigger: z.object({ process: z.string(), cause: z.enum(exitCauses).nullable(), message: z.string() }),
  processes: z.array(z.string()),
  jobs: z.object({ inHand: z.number(), requeued: z.number(), setAside: z.number() }),
  restarts: z.number(),
  agentsReplaced: z.number(),
});
export type IncidentSummary = z.infer<typeof incidentSummarySchema>;
export const incidentStepKinds = [
  'last-sign',
  'down',
  'up',
  'stalled',
  'restart',
  'requeued',
  'set-aside',
  'agent-died',
  'agent-replaced',
  'given-up',
  'note',
  'resolved',
] as const;
export const incidentStepSchema = z.object({ atMs: z.number(), kind: z.enum(incidentStepKinds), process: z.string(), message: z.string() });
export type IncidentStep = z.infer<typeof incidentStepSchema>;
export const incidentSchema = incidentSummarySchema.extend({
  /** `atMs`: when it was found; records of earlier versions have none. */
  evidence: z.array(z.object({ process: z.string(), exit: exitViewSchema.nullable(), lines: z.array(z.string()), atMs: z.number().optional() })),
  timeline: z.array(incidentStepSchema),
  /** Steps that found no place in the timeline. */
  dropped: z.number(),
});
export type Incident = z.infer<typeof incidentSchema>;

export const backupSchema = z.object({
  name: z.string(),
  path: z.string(),
  atMs: z.number(),
  bytes: z.number(),
  reason: z.enum(['schedule', 'by-hand', 'upgrade']),
  /** What proved it: the checker that comes with Redis, or checksums and the manifest where there is none. */
  verifiedBy: z.enum(['redis-check-aof', 'checksums']),
});
export type Backup = z.infer<typeof backupSchema>;
/** Null for a Redis that somebody else runs: its backups are theirs. */
export const backupsViewSchema = z.object({ everyMs: z.number(), items: z.array(backupSchema), problem: z.string().nullable() });
export type BackupsView = z.infer<typeof backupsViewSchema>;
