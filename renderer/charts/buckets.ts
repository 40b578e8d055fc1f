import type { Sample } from '../../contract/state.js';

export interface Bucket {
  readonly atMs: number;
  /** Empty where nothing was measured: drawn as a gap. */
  readonly samples: readonly Sample[];
}

/** A machine at its limit looks at itself less than once a second: that is late, not unknown. */
const lateMs = 5_000;

/**
 * Samples in equal steps that end at `nowMs`; borders lie on whole steps, so points do not crawl from second to
 * second. A step between two samples that lie close holds the earlier one.
 */
export function bucketsOf(samples: readonly Sample[], nowMs: number, windowMs: number, stepMs: number): readonly Bucket[] {
  const last = Math.floor(nowMs / stepMs);
  const count = Math.ceil(windowMs / stepMs);
  const filled = Array.from({ length: count }, (_, index): { atMs: number; samples: Sample[] } => ({ atMs: (last - count + 1 + index) * stepMs, samples: [] }));
  const indexOf = (sample: Sample): number => Math.floor(sample.atMs / stepMs) - last + count - 1;
  for (const [at, sample] of samples.entries()) {
    filled[indexOf(sample)]?.samples.push(sample);
    const next = samples[at + 1];
    if (next === undefined || next.atMs - sample.atMs > lateMs) continue;
    for (let index = indexOf(sample) + 1; index < indexOf(next); index++) filled[index]?.samples.push(sample);
  }
  return filled;
}

/** Whole multiples of `everyMs` within the window. */
export function timeTicks(fromMs: number, toMs: number, everyMs: number): readonly number[] {
  const first = Math.ceil(fromMs / everyMs);
  return Array.from({ length: Math.max(0, Math.floor(toMs / everyMs) - first + 1) }, (_, index) => (first + index) * everyMs);
}

const minuteMs = 60_000;
const shortestMs = 2 * minuteMs;
const longestMs = 10 * minuteMs;

/** The last ten minutes, or less while Roost is young, in whole minutes: a new chart is not mostly empty. */
export function chartWindowMs(samples: readonly Sample[]): number {
  const spanMs = (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0);
  return Math.min(longestMs, Math.max(shortestMs, Math.ceil(spanMs / minuteMs) * minuteMs));
}

/** Distance of time ticks that leaves room for their words. */
export const tickEveryMs = (windowMs: number): number => (windowMs > 5 * minuteMs ? 2 * minuteMs : minuteMs);
