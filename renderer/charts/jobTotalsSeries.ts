import type { JobTotal } from '../../contract/job-views.js';

export interface JobTotalsPoint {
  readonly atMs: number;
  readonly completed: number;
  /** Failed and cancelled. */
  readonly failed: number;
  /** Of the slowest name; null where none ran. */
  readonly waitMs: number | null;
  readonly runMs: number | null;
}

/** One point per step from `fromMs` to `toMs`, also for those in which nothing ended. `name` narrows it to one kind of job. */
export function jobTotalsSeries(totals: readonly JobTotal[], fromMs: number, toMs: number, stepMs: number, name: string | null): readonly JobTotalsPoint[] {
  const first = Math.floor(fromMs / stepMs);
  const count = Math.max(0, Math.floor(toMs / stepMs) - first + 1);
  const points = Array.from({ length: count }, (_, index) => ({
    atMs: (first + index) * stepMs,
    completed: 0,
    failed: 0,
    waitMs: null as number | null,
    runMs: null as number | null,
  }));
  for (const total of totals) {
    const point = points[Math.floor(total.startMs / stepMs) - first];
    if (point === undefined || (name !== null && total.name !== name)) continue;
    point.completed += total.completed;
    point.failed += total.failed + total.cancelled;
    point.waitMs = highest(point.waitMs, total.waitMs?.p95);
    point.runMs = highest(point.runMs, total.runMs?.p95);
  }
  return points;
}

const highest = (left: number | null, right: number | undefined): number | null => (right === undefined ? left : Math.max(left ?? 0, right));
