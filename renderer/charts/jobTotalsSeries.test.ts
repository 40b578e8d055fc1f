import { expect, it } from 'vitest';
import type { JobTotal } from '../../contract/job-views.js';
import { jobTotalsSeries } from './jobTotalsSeries.js';

const total = (startMs: number, part: Partial<JobTotal> = {}): JobTotal => ({
  startMs,
  queue: 'trends',
  name: 'scan',
  completed: 1,
  failed: 0,
  cancelled: 0,
  waitMs: null,
  runMs: null,
  ...part,
});

it('has a point for every step, sums the names and takes the slowest', () => {
  const totals = [
    total(100, { completed: 5, waitMs: { p50: 1, p95: 20, p99: 30 } }),
    total(100, { name: 'other', failed: 2, cancelled: 1, waitMs: { p50: 1, p95: 90, p99: 99 } }),
    total(300, { runMs: { p50: 1, p95: 7, p99: 9 } }),
    total(9_000),
  ];
  expect(jobTotalsSeries(totals, 100, 300, 100, null)).toEqual([
    { atMs: 100, completed: 6, failed: 3, waitMs: 90, runMs: null },
    { atMs: 200, completed: 0, failed: 0, waitMs: null, runMs: null },
    { atMs: 300, completed: 1, failed: 0, waitMs: null, runMs: 7 },
  ]);
  expect(jobTotalsSeries(totals, 100, 100, 100, 'scan')).toEqual([{ atMs: 100, completed: 5, failed: 0, waitMs: 20, runMs: null }]);
  expect(jobTotalsSeries([], 5, 1, 10, null)).toHaveLength(1);
});
