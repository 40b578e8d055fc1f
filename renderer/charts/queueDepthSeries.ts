import type { Sample } from '../../contract/state.js';
import { bucketsOf } from './buckets.js';

export interface QueueDepthSeries {
  readonly queues: readonly string[];
  /** One point per step; `depth[queue]` is null where nothing was measured. */
  readonly points: readonly { readonly atMs: number; readonly depth: Readonly<Record<string, number | null>> }[];
  readonly max: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** As many as there are colours; the quieter ones are one line together. */
const mostLines = 4;
export const otherQueues = 'others';

/** Waiting plus active jobs per queue; the highest value of each step, so that no short peak is lost. */
export function queueDepthSeries(samples: readonly Sample[], nowMs: number, windowMs: number, stepMs: number): QueueDepthSeries {
  const buckets = bucketsOf(samples, nowMs, windowMs, stepMs);
  const peaks = new Map<string, number>();
  for (const sample of buckets.flatMap((bucket) => bucket.samples)) {
    for (const [queue, { waiting, active }] of Object.entries(sample.queues)) peaks.set(queue, Math.max(peaks.get(queue) ?? 0, waiting + active));
  }
  const ranked = [...peaks].sort(([a, aPeak], [b, bPeak]) => Number(b === 'turns') - Number(a === 'turns') || bPeak - aPeak || coachFirst(a, b));
  const all = ranked.map(([queue]) => queue);
  const alone = new Set(all.length <= mostLines ? all : all.slice(0, mostLines - 1));
  const queues = all.length <= mostLines ? all : [...alone, otherQueues];
  let max = 0;
  const points = buckets.map(({ atMs, samples: within }) => {
    const depth: Record<string, number | null> = Object.fromEntries(queues.map((queue) => [queue, null]));
    for (const sample of within) {
      const now: Record<string, number> = {};
      for (const [queue, { waiting, active }] of Object.entries(sample.queues)) {
        const line = alone.has(queue) ? queue : otherQueues;
        now[line] = (now[line] ?? 0) + waiting + active;
      }
      for (const [line, count] of Object.entries(now)) depth[line] = Math.max(depth[line] ?? 0, count);
    }
    for (const count of Object.values(depth)) max = Math.max(max, count ?? 0);
    return { atMs, depth };
  });
  return { queues, points, max, fromMs: points[0]?.atMs ?? nowMs, toMs: points.at(-1)?.atMs ?? nowMs };
}

const coachFirst = (left: string, right: string): number => Number(right === 'coach') - Number(left === 'coach') || left.localeCompare(right);
