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

/** Waiting plus active jobs per queue; the highest value of each step, so that no short peak is lost. */
export function queueDepthSeries(samples: readonly Sample[], nowMs: number, windowMs: number, stepMs: number): QueueDepthSeries {
  const buckets = bucketsOf(samples, nowMs, windowMs, stepMs);
  const queues = [...new Set(buckets.flatMap((bucket) => bucket.samples.flatMap((sample) => Object.keys(sample.queues))))].sort(turnsFirst);
  let max = 0;
  const points = buckets.map(({ atMs, samples: within }) => {
    const depth: Record<string, number | null> = {};
    for (const queue of queues) {
      const seen = within.flatMap((sample) => {
        const counts = sample.queues[queue];
        return counts === undefined ? [] : [counts.waiting + counts.active];
      });
      const highest = seen.length === 0 ? null : Math.max(...seen);
      depth[queue] = highest;
      max = Math.max(max, highest ?? 0);
    }
    return { atMs, depth };
  });
  return { queues, points, max, fromMs: points[0]?.atMs ?? nowMs, toMs: points.at(-1)?.atMs ?? nowMs };
}

const turnsFirst = (left: string, right: string): number => Number(right === 'turns') - Number(left === 'turns') || left.localeCompare(right);
