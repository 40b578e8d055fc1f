import type { Sample } from '../../contract/state.js';
import { bucketsOf } from './buckets.js';

export interface TurnRatePoint {
  readonly atMs: number;
  /** Turns per second; null where nothing was measured. */
  readonly done: number | null;
  readonly failed: number | null;
  readonly p50Ms: number | null;
}

/** Mean turns per second and the last known median latency of each step. */
export function turnRateSeries(samples: readonly Sample[], nowMs: number, windowMs: number, stepMs: number): readonly TurnRatePoint[] {
  return bucketsOf(samples, nowMs, windowMs, stepMs).map(({ atMs, samples: within }) => {
    if (within.length === 0) return { atMs, done: null, failed: null, p50Ms: null };
    const mean = (pick: (sample: Sample) => number): number => Number((within.reduce((sum, sample) => sum + pick(sample), 0) / within.length).toFixed(3));
    return {
      atMs,
      done: mean((sample) => sample.turnsDone),
      failed: mean((sample) => sample.turnsFailed),
      p50Ms: within.reduce<number | null>((last, sample) => sample.turnP50Ms ?? last, null),
    };
  });
}
