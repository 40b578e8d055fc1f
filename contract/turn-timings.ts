import { z } from 'zod';

/** Milliseconds spent per step of a turn; null while unknown. `totalMs` is what passed on the clock, `humanMs` the part of it that waited for a person. */
export const turnTimingsSchema = z.object({
  queueMs: z.number().nullable(),
  chooseMs: z.number().nullable(),
  /** Of the agent, without people. */
  agentMs: z.number().nullable(),
  totalMs: z.number().nullable(),
  /** Absent when nobody was waited for. */
  humanMs: z.number().optional(),
});
export type TurnTimings = z.infer<typeof turnTimingsSchema>;

/** How long Roost and the agent took: what a latency, its alert and its chart are about. */
export const workedMs = ({ totalMs, humanMs = 0 }: Pick<TurnTimings, 'totalMs' | 'humanMs'>): number | null =>
  totalMs === null ? null : Math.max(0, totalMs - humanMs);
