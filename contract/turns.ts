import { z } from 'zod';
import { turnTimingsSchema } from './turn-timings.js';
import { turnWorkSchema } from './turn-work.js';

export const turnStatuses = ['queued', 'running', 'waiting-human', 'done', 'failed', 'cancelled'] as const;
export type TurnStatus = (typeof turnStatuses)[number];
/** One span of a turn's timeline; offsets are ms since the turn was accepted. */
export const spanSchema = z.object({ step: z.string(), startMs: z.number(), endMs: z.number().nullable(), note: z.string().optional() });
export type Span = z.infer<typeof spanSchema>;
export const decisionKinds = ['forced', 'explore', 'exploit'] as const;
export const turnViewSchema = z.object({
  id: z.string(),
  sessionId: z.string(),
  status: z.enum(turnStatuses),
  /** What the person asked. */
  prompt: z.string(),
  /** What the agent answered so far. */
  text: z.string(),
  intent: z.string().nullable(),
  arm: z.string().nullable(),
  propensity: z.number().nullable(),
  decisionKind: z.enum(decisionKinds).nullable(),
  provider: z.string().nullable(),
  progress: z.string().nullable(),
  suggestion: z.string().nullable(),
  rating: z.number().nullable(),
  reward: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Something the person should know about how this answer came about; absent when there is nothing. */
  note: z.string().optional(),
  attempts: z.number().int(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  timings: turnTimingsSchema,
  trace: z.array(spanSchema),
  /** Of one in line, when it is asked for by its id: 1 is next in its session, and how long until it begins. */
  position: z.number().int().optional(),
  estimatedWaitMs: z.number().optional(),
  /** Absent before the agent shows any. */
  work: turnWorkSchema.nullable().optional(),
});
export type TurnView = z.infer<typeof turnViewSchema>;
