import { z } from 'zod';
import type { JobRecord } from '../../contract/job-views.js';
import { type Ended, endedSchema } from '../../core/jobs/ended.js';

/** One record with its place in the stream: entry, and number in the entry. */
export interface Placed {
  readonly entry: string;
  readonly index: number;
  readonly job: Ended;
}

/** As it is written: the place beside what is told of the job. */
const lineSchema = endedSchema.extend({ s: z.string(), j: z.number().int() });
export type Line = z.infer<typeof lineSchema>;

/** Order of two stream entries: `ms-seq`. */
export function isAfter(entry: string, other: string): boolean {
  const [ms = 0, seq = 0] = entry.split('-').map(Number);
  const [otherMs = 0, otherSeq = 0] = other.split('-').map(Number);
  return ms > otherMs || (ms === otherMs && seq > otherSeq);
}

export function parseLine(text: string | undefined): Line | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export const recordOf = (line: Line): JobRecord => ({
  id: line.i,
  queue: line.q,
  name: line.n,
  outcome: line.o,
  endedAtMs: line.t,
  waitMs: line.w ?? null,
  runMs: line.r ?? null,
  attempts: line.a,
  worker: line.k ?? null,
  node: line.d,
  errorCode: line.c ?? null,
  error: line.e ?? null,
});
