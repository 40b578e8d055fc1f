import { z } from 'zod';
import { approvalSchema } from './approvals.js';
import { backupsViewSchema, holdViewSchema, incidentSummarySchema } from './care.js';
import { coordinatorViewSchema } from './coordinator-views.js';
import { exitCauses, exitViewSchema } from './exits.js';
import { queueBoardSchema } from './job-views.js';
import { providerViewSchema } from './providers.js';
import { scheduleViewSchema } from './schedules.js';
import { sessionAboutSchema } from './session-about.js';
import { watchViewSchema } from './watch.js';

export * from './care.js';
export { type ArmView, armViewSchema, type CoordinatorView, coordinatorViewSchema, type Phase, phases } from './coordinator-views.js';
export * from './exits.js';
export * from './turns.js';

/** Everything a screen shows, as named slices that are replaced whole. Times are wall-clock ms since the epoch. */

export const processKinds = ['redis', 'worker', 'agent', 'service'] as const;
export const processStates = ['stopped', 'starting', 'running', 'stopping', 'backoff', 'quarantined', 'failed'] as const;

export const processViewSchema = z.object({
  name: z.string(),
  kind: z.enum(processKinds),
  state: z.enum(processStates),
  /** Required processes decide health; agents are required only together, as the pool. */
  required: z.boolean(),
  /** One sentence for a person: why it is in this state. */
  detail: z.string(),
  pid: z.number().nullable(),
  incarnation: z.number().int(),
  startedAtMs: z.number().nullable(),
  readyAtMs: z.number().nullable(),
  uptimeMs: z.number().nullable(),
  /** Automatic starts after the first, in this run of Roost. */
  restarts: z.number().int(),
  /** Starts asked for by a person, in this run of Roost. */
  manualRestarts: z.number().int(),
  /** Automatic restarts by the cause of the exit before, today and the seven days before it, over restarts of Roost; absent where nobody counts. */
  restartsByCause: z.partialRecord(z.enum(exitCauses), z.number().int()).optional(),
  /** Starts asked for by a person since midnight, and today with the seven days before it; over restarts of Roost. */
  manualRestartsToday: z.number().int().optional(),
  manualRestartsWeek: z.number().int().optional(),
  /** Age of its last sign of life, for those that give one. */
  statusAgeMs: z.number().nullable().optional(),
  retryAtMs: z.number().nullable(),
  lastExit: exitViewSchema.nullable(),
  rssBytes: z.number().nullable(),
  cpuPercent: z.number().nullable(),
  /** Mean running time between failures, today and the seven days before it; null without a failure. */
  mtbfMs: z.number().nullable(),
  /** Which acts the screen may offer now. */
  can: z.object({ start: z.boolean(), stop: z.boolean(), restart: z.boolean() }),
});
export type ProcessView = z.infer<typeof processViewSchema>;

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

export const slotStates = ['starting', 'ready', 'assigned', 'busy', 'closing', 'backoff'] as const;
export const slotViewSchema = z.object({
  agentId: z.string(),
  template: z.string(),
  state: z.enum(slotStates),
  pid: z.number().nullable(),
  sessionId: z.string().nullable(),
  sinceMs: z.number(),
  startupMs: z.number().nullable(),
  rssBytes: z.number().nullable(),
  detail: z.string(),
  /** When its process was asked for: its age. */
  startedAtMs: z.number().optional(),
  cpuPercent: z.number().nullable().optional(),
  /** Turns it has taken. */
  turns: z.number().int().optional(),
});
export type SlotView = z.infer<typeof slotViewSchema>;

/** Warm agents of one template. */
/** Of today and the seven days before it, over restarts of Roost. */
export const lifeFiguresSchema = z.object({
  restartsByCause: z.partialRecord(z.enum(exitCauses), z.number().int()),
  manualRestartsToday: z.number().int(),
  manualRestartsWeek: z.number().int(),
  mtbfMs: z.number().nullable(),
});
export type LifeFigures = z.infer<typeof lifeFiguresSchema>;

export const templateViewSchema = z.object({
  template: z.string(),
  /** As configured, and what is kept at this moment: less when it is quiet or memory is short, more under load. */
  target: z.number(),
  wanted: z.number(),
  ready: z.number(),
  starting: z.number(),
  assigned: z.number(),
  /** What one more is expected to use. */
  estimateBytes: z.number(),
  trouble: z.string().nullable(),
  /** Of all its agents together: an agent is never started again, another one takes its place. */
  figures: lifeFiguresSchema.optional(),
});
export type TemplateView = z.infer<typeof templateViewSchema>;

export const memoryStates = ['ample', 'tight', 'short'] as const;
export const poolMemorySchema = z.object({
  state: z.enum(memoryStates),
  /** Of all agents with their trees; of those just started an estimate. */
  usedBytes: z.number(),
  budgetBytes: z.number(),
  /** What the machine has left, and what is kept free of it. */
  freeBytes: z.number(),
  reserveBytes: z.number(),
  /** One sentence for a person; null while there is enough. */
  message: z.string().nullable(),
});
export type PoolMemory = z.infer<typeof poolMemorySchema>;

export const poolViewSchema = z.object({
  template: z.string(),
  target: z.number(),
  ready: z.number(),
  starting: z.number(),
  assigned: z.number(),
  capacity: z.number(),
  waiting: z.number(),
  slots: z.array(slotViewSchema),
  stats: z.object({ spawned: z.number(), assigned: z.number(), prewarmedHits: z.number(), died: z.number(), failedStarts: z.number() }),
  /** Set while starts are suspended because they keep failing. */
  trouble: z.string().nullable(),
  templates: z.array(templateViewSchema).optional(),
  memory: poolMemorySchema.optional(),
});
export type PoolView = z.infer<typeof poolViewSchema>;

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
