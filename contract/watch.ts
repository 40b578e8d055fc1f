import { z } from 'zod';
import { watchKinds } from './config-watch.js';

/** `full`: the queue is so long that nothing is taken in; `held`: the emergency stop is in force. */
export const watchStates = ['starting', 'watching', 'full', 'held', 'problem'] as const;

export const watchViewSchema = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(watchKinds),
  handler: z.string(),
  queue: z.string(),
  state: z.enum(watchStates),
  /** Why nothing or not everything is taken in; null when all is well. */
  problem: z.string().nullable(),
  everyMs: z.number(),
  lastScanAtMs: z.number().nullable(),
  scanMs: z.number().nullable(),
  /** Items found there at the last look. */
  present: z.number(),
  /** Since this drop folder was set up. */
  queued: z.number(),
  rejected: z.number(),
  /** Files that are still being written, and items that wait for room in the queue. */
  settling: z.number(),
  behind: z.number(),
  /** Age of the oldest item that is not queued yet. */
  lagMs: z.number().nullable(),
  /** Jobs of this drop folder that have not ended, where that is followed. */
  open: z.number().nullable(),
  /** The newest first. */
  rejects: z.array(z.object({ atMs: z.number(), item: z.string(), reason: z.string() })),
});
export type WatchView = z.infer<typeof watchViewSchema>;

export const watchMethods = {
  'watch.list': { params: z.strictObject({}), result: z.object({ watches: z.array(watchViewSchema), nowMs: z.number() }) },
} as const;
