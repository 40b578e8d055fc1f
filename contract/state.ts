import { z } from 'zod';
import { approvalSchema } from './approvals.js';
import { backupsViewSchema, holdViewSchema, incidentSummarySchema } from './care.js';
import { coordinatorViewSchema } from './coordinator-views.js';
import { queueBoardSchema } from './job-views.js';
import { poolViewSchema } from './pool-views.js';
import { processViewSchema } from './process-views.js';
import { providerViewSchema } from './providers.js';
import { scheduleViewSchema } from './schedules.js';
import { sessionAboutSchema } from './session-about.js';
import { watchViewSchema } from './watch.js';

export * from './care.js';
export { type ArmView, armViewSchema, type CoordinatorView, coordinatorViewSchema, type Phase, phases } from './coordinator-views.js';
export * from './exits.js';
export * from './pool-views.js';
export * from './process-views.js';
export * from './turns.js';

/** Everything a screen shows, as named slices that are replaced whole. Times are wall-clock ms since the epoch. */

export const healthStatuses = ['healthy', 'degraded', 'down'] as const;
export type HealthStatus = (typeof healthStatuses)[number];
export const reasonSchema = z.object({ code: z.string(), process: z.string(), message: z.string(), runbook: z.string() });
export type Reason = z.infer<typeof reasonSchema>;

export const queueViewSchema = z.object({
  waiting: z.number(),
  active: z.number(),
  delayed: z.number(),
  failed: z.number(),
  completed: z.number(),
  oldestWaitingMs: z.number().nullable(),
  /** Living workers that consume it, on every node. */
  workers: z.number(),
  /** A person wants no job of it to begin. */
  paused: z.boolean().optional(),
});
export type QueueView = z.infer<typeof queueViewSchema>;

export const sessionCountsSchema = z.object({
  pool: z.number(),
  target: z.number(),
  /** Warm agents kept at this moment: fewer than the target while it is quiet, more under load. */
  wanted: z.number().optional(),
  starting: z.number(),
  active: z.number(),
  waiting: z.number(),
  capacity: z.number(),
});

export const healthSchema = z.object({
  status: z.enum(healthStatuses),
  reasons: z.array(reasonSchema),
  /** Worth knowing, and no trouble: they leave the status as it is. */
  notes: z.array(reasonSchema).optional(),
  required: z.object({ redis: z.boolean(), api: z.boolean(), worker: z.boolean() }),
  sessions: sessionCountsSchema,
  queues: z.record(z.string(), queueViewSchema),
  /** Share of turns of the last 5 minutes that failed, 0..1; 0 with no turns. */
  errorRate: z.number(),
  uptimeMs: z.number(),
  version: z.string(),
});
export type Health = z.infer<typeof healthSchema>;

export const sessionStatuses = ['waiting', 'starting', 'ready', 'busy', 'waiting-human', 'stopping', 'ended', 'error'] as const;
export type SessionStatus = (typeof sessionStatuses)[number];
export const sessionViewSchema = z.object({
  id: z.string(),
  userId: z.string(),
  status: z.enum(sessionStatuses),
  agentId: z.string().nullable(),
  agentPid: z.number().nullable(),
  template: z.string(),
  tier: z.enum(['free', 'basic', 'pro']),
  createdAt: z.number(),
  startupMs: z.number().nullable(),
  prewarmed: z.boolean().nullable(),
  lastTurnAt: z.number().nullable(),
  turns: z.number(),
  error: z.string().optional(),
  /** While it waits for a place or an agent: 1 is the next in line, 0 no longer in line. */
  position: z.number().int().optional(),
  estimatedWaitMs: z.number().optional(),
  /** The folder of its files, which stays when another agent takes over. */
  workspace: z.string().optional(),
  /** What its agent tells of it; only where one session is asked for. */
  about: sessionAboutSchema.optional(),
  /** Of a voice agent: the LiveKit room in which it waits for its user. */
  room: z.string().optional(),
});
export type SessionView = z.infer<typeof sessionViewSchema>;

/** What a user has of today's turns. */
export const quotaSchema = z.object({
  userId: z.string(),
  tier: z.enum(['free', 'basic', 'pro']),
  limit: z.number().int(),
  used: z.number().int(),
  left: z.number().int(),
  resetsAt: z.number(),
  /** From 80 % on: one sentence that says what is left and until when. */
  warning: z.string().nullable(),
});
export type Quota = z.infer<typeof quotaSchema>;

export const severities = ['info', 'warning', 'critical'] as const;
/** One line of the activity list: what happened and what Roost did. */
export const activitySchema = z.object({
  id: z.number().int(),
  atMs: z.number(),
  severity: z.enum(severities),
  kind: z.string(),
  process: z.string(),
  message: z.string(),
});
export type Activity = z.infer<typeof activitySchema>;

export const aboutSchema = z.object({
  version: z.string(),
  node: z.string(),
  door: z.enum(['desktop', 'headless']),
  platform: z.string(),
  dataDir: z.string(),
  apiUrl: z.string().nullable(),
  redis: z.object({ mode: z.enum(['managed', 'external']), version: z.string().nullable(), address: z.string().nullable() }),
  startedAtMs: z.number(),
  templates: z.array(z.string()),
});
export type About = z.infer<typeof aboutSchema>;

export const stateSchema = z.object({
  about: aboutSchema,
  health: healthSchema,
  processes: z.array(processViewSchema),
  pool: poolViewSchema,
  sessions: z.object({ total: z.number(), items: z.array(sessionViewSchema) }),
  coordinator: coordinatorViewSchema.nullable(),
  activity: z.array(activitySchema),
  hold: holdViewSchema.nullable(),
  /** The newest first, without evidence and timeline. */
  incidents: z.array(incidentSummarySchema),
  backups: backupsViewSchema.nullable(),
  /** What only the screen of queues shows; depths are part of health. */
  queues: z.record(z.string(), queueBoardSchema),
  /** Questions of agents to a person, the oldest first, and the last answers, the newest first. */
  approvals: z.object({ pending: z.array(approvalSchema), recent: z.array(approvalSchema) }),
  /** In the order in which they are asked. */
  providers: z.array(providerViewSchema),
  schedules: z.array(scheduleViewSchema),
  /** Drop folders, in the order of the config. */
  watches: z.array(watchViewSchema),
});
export type State = z.infer<typeof stateSchema>;
export type SliceName = keyof State;

/** Append-only 1 Hz points for charts; null means not measured at that moment, drawn as a gap. */
export const sampleSchema = z.object({
  atMs: z.number(),
  queues: z.record(z.string(), z.object({ waiting: z.number(), active: z.number() })),
  pool: z.object({ ready: z.number(), target: z.number(), starting: z.number(), assigned: z.number() }),
  /** Turns that ended in the last second. */
  turnsDone: z.number(),
  turnsFailed: z.number(),
  /** Median end-to-end latency of turns that ended in the last minute. */
  turnP50Ms: z.number().nullable(),
  rssBytes: z.number().nullable(),
});
export type Sample = z.infer<typeof sampleSchema>;
