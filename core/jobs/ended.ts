import { z } from 'zod';
import { jobOutcomes } from '../../contract/job-views.js';

/**
 * Finished jobs travel from every worker, on this machine or another, to every supervisor through one Redis
 * stream: one entry holds a batch. Short field names, because a busy worker writes thousands in a second.
 */
export const endedSchema = z.object({
  /** Queue, name, id. */
  q: z.string(),
  n: z.string(),
  i: z.string(),
  o: z.enum(jobOutcomes),
  /** When it ended, wall ms by the clock of the worker. */
  t: z.number(),
  /** Waited and ran for so many ms; absent when it never ran. */
  w: z.number().optional(),
  r: z.number().optional(),
  /** Attempts made. */
  a: z.number(),
  /** Worker, and node. */
  k: z.string().optional(),
  d: z.string(),
  /** Code and message of the failure. */
  c: z.string().optional(),
  e: z.string().optional(),
});
export type Ended = z.infer<typeof endedSchema>;

export const endedField = 'jobs';
/** Of one entry of the stream. */
export const maxBatch = 100;
/** Entries the stream keeps for supervisors that are away: at most about 30 MB. */
export const maxEntries = 2_000;
export const maxErrorChars = 500;

/** What went wrong in one word: the code that our own errors begin with, else `error`. */
export function errorCodeOf(message: string): string {
  return /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*): /.exec(message)?.[1] ?? 'error';
}

/** One entry of the stream; what does not fit the shape is left out, since older and newer versions share a Redis. */
export function parseBatch(text: string): Ended[] {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((one) => {
    const parsed = endedSchema.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}
