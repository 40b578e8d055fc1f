import { z } from 'zod';
import { exitCauses } from './exits.js';

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

/** Of today and the seven days before it, over restarts of Roost. */
export const lifeFiguresSchema = z.object({
  restartsByCause: z.partialRecord(z.enum(exitCauses), z.number().int()),
  manualRestartsToday: z.number().int(),
  manualRestartsWeek: z.number().int(),
  mtbfMs: z.number().nullable(),
});
export type LifeFigures = z.infer<typeof lifeFiguresSchema>;

/** Warm agents of one template. */
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
  /** When a suspended start is tried again, wall ms; null once it is due. */
  retryAtMs: z.number().nullable().optional(),
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

/** Warm agents of the pool's own template that are kept at this moment: fewer than the target while it is quiet. */
export const wantedWarm = ({ template, target, templates = [] }: Pick<PoolView, 'template' | 'target' | 'templates'>): number =>
  templates.find((one) => one.template === template)?.wanted ?? target;
