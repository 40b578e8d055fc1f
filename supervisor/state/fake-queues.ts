import type { JobDetail, JobRow, QueueBoard } from '../../contract/job-views.js';
import type { queueMethods } from '../../contract/queue-methods.js';
import type { QueueView } from '../../contract/state.js';
import type { Handlers } from '../core.js';

/** For tests: what the methods of contract/queue-methods.ts answer when nothing is behind them. */

export const fakeBoard: QueueBoard = {
  paused: false,
  perMinute: 12,
  failedPerMinute: 0,
  clearMs: 10_000,
  unconsumed: false,
  names: [
    {
      name: 'turn',
      completed: 40,
      failed: 1,
      cancelled: 0,
      wait: { p50: 2, p95: 9, p99: 12 },
      run: { p50: 80, p95: 300, p99: 900 },
    },
  ],
  workers: [{ worker: 'n1.worker-turns', node: 'n1', here: true, state: 'running', pid: 77, host: 'desk', concurrency: 10, busy: 1, ageMs: 400 }],
};

const view: QueueView = { waiting: 2, active: 1, delayed: 0, failed: 0, completed: 9, oldestWaitingMs: 120, workers: 1, paused: false };

export const fakeJob: JobRow = {
  id: 'job-1',
  queue: 'trends',
  name: 'trend-scan',
  state: 'failed',
  preview: '{"feeds":[]}',
  createdAtMs: 1_700_000_000_000,
  dueAtMs: null,
  startedAtMs: 1_700_000_001_000,
  finishedAtMs: 1_700_000_002_000,
  attempts: 3,
  maxAttempts: 3,
  priority: 0,
  progress: null,
  error: 'no feed answered',
  worker: 'n1.worker-jobs',
};

const detail: JobDetail = {
  ...fakeJob,
  data: { feeds: [] },
  result: null,
  cut: false,
  logs: [],
  logLines: 0,
  tries: [],
  timeline: [],
  deaths: 0,
  turn: null,
  acts: { retry: null, cancel: 'it is failed', remove: null, promote: 'it is failed', duplicate: null },
};

const added = { id: 'job-2', queue: 'trends' };

export const fakeQueues: Pick<Handlers, keyof typeof queueMethods> = {
  'queue.list': async () => ({ queues: { turns: { ...view, ...fakeBoard } } }),
  'queue.get': async ({ queue }) => ({ name: queue, queue: { ...view, ...fakeBoard }, recent: [], hours: [] }),
  'queue.jobs': async ({ page, pageSize }) => ({ jobs: [fakeJob], total: 1, page, pageSize, searched: null }),
  'job.get': async () => ({ job: detail }),
  'job.add': async () => added,
  'job.retry': async () => ({ message: 'back in line' }),
  'job.cancel': async () => ({ status: 'cancelled', message: 'cancelled' }),
  'job.remove': async () => ({ message: 'removed' }),
  'job.promote': async () => ({ message: 'in line' }),
  'job.duplicate': async () => added,
  'queue.pause': async ({ queue }) => ({ paused: [queue] }),
  'queue.resume': async ({ queue }) => ({ resumed: [queue] }),
  'queue.pauseAll': async () => ({ paused: ['turns'] }),
  'queue.resumeAll': async () => ({ resumed: ['turns'] }),
  'queue.retryFailed': async () => ({ retried: 1, skipped: 0, left: 0 }),
  'queue.clean': async () => ({ removed: 1, left: 0 }),
  'job.history': async () => ({ records: [], next: null, oldestMs: null }),
};
