import { keptBuckets } from './kept.js';
import { type ArmState, type ArmStates, bucketSize, emptyArm, type LearnedState } from './types.js';

/**
 * Memory as a setting of the reader: sums are kept in buckets of 50 settled pulls and weighted when read,
 * so that another half-life or window applies at once to what was learned before.
 */

/** Sums of the decisions made in one stretch of 50 settled pulls; late rewards land in the bucket of their decision. */
export interface Bucket {
  /** settled pulls at the decision / 50, rounded down; -1 holds everything older than the oldest kept bucket. */
  readonly index: number;
  /** By intent ('' for none), then by arm. */
  readonly cells: Readonly<Record<string, ArmStates>>;
}

export interface Memory {
  readonly halfLife: number | 'never';
  readonly window: number | 'all';
}

/** Weight of evidence `agePulls` settled pulls old. */
export function memoryWeight(agePulls: number, { halfLife, window }: Memory): number {
  if (window !== 'all' && agePulls >= window) return 0;
  return halfLife === 'never' ? 1 : 2 ** (-Math.max(0, agePulls) / halfLife);
}

/** Age of a bucket in settled pulls; the newest one has none. What is older than the oldest kept one is as old as that allows. */
export const ageOf = (index: number, current: number, oldest: number): number => bucketSize * (index < 0 ? current - oldest + 1 : Math.max(0, current - index));

type Sums = { n: number; sum: number; sumSq: number };

function add(into: Record<string, Sums>, arm: string, state: ArmState, weight: number): void {
  into[arm] ??= { n: 0, sum: 0, sumSq: 0 };
  const sums = into[arm];
  sums.n += weight * state.n;
  sums.sum += weight * state.sum;
  sums.sumSq += weight * state.sumSq;
}

/** What is remembered after `settled` settled pulls: overall and, where asked for, under one intent. Sums are no longer whole numbers. */
export function remember(buckets: readonly Bucket[], settled: number, memory: Memory, intent: string | null): LearnedState {
  const current = Math.floor(settled / bucketSize);
  // The first buckets of all are kept for comparison; what is older than the rest lies between.
  const oldest = buckets.reduce((least, { index }) => (index > Math.max(-1, current - keptBuckets) && index < least ? index : least), current);
  const arms: Record<string, Sums> = {};
  const cell: Record<string, Sums> = {};
  for (const bucket of buckets) {
    const weight = memoryWeight(ageOf(bucket.index, current, oldest), memory);
    if (weight === 0) continue;
    for (const [name, states] of Object.entries(bucket.cells))
      for (const [arm, state] of Object.entries(states)) {
        add(arms, arm, state, weight);
        if (name === intent) add(cell, arm, state, weight);
      }
  }
  return intent === null ? { arms } : { arms, cells: { [intent]: cell } };
}

/** All-time sums less those of the kept buckets: what is older than all of them. */
export function remainder(total: ArmState, kept: readonly ArmState[]): ArmState {
  const left = { n: total.n, sum: total.sum, sumSq: total.sumSq };
  for (const state of kept) {
    left.n -= state.n;
    left.sum -= state.sum;
    left.sumSq -= state.sumSq;
  }
  return left.n <= 0 && left.sum === 0 ? emptyArm : { n: Math.max(0, left.n), sum: left.sum, sumSq: left.sumSq };
}
