import { type Route, route } from '../route.js';

/** Thousands of jobs one after another. */
const sweepMs = 60_000;
const job = { pathFields: { queue: 'queue', id: 'id' } } as const;

const jobAct = (verb: 'retry' | 'remove' | 'promote', summary: string): Route => route('POST', `/api/jobs/:queue/:id/${verb}`, `job.${verb}`, summary, job);

/** REST of queues, jobs and their control. */
export const queueRoutes: readonly Route[] = [
  route('GET', '/api/queues', 'queue.list', 'every queue: depth by state, rates, latencies by job name, workers'),
  route('POST', '/api/queues/pause', 'queue.pauseAll', 'no job of any queue begins; those in hand go on'),
  route('POST', '/api/queues/resume', 'queue.resumeAll', 'all queues go on'),
  route('GET', '/api/queues/:queue', 'queue.get', 'one queue with its totals of two hours and seven days', { pathFields: { queue: 'queue' } }),
  route('GET', '/api/queues/:queue/jobs', 'queue.jobs', 'jobs of one state, paged; or those that hold a text, as far as one answer looks', {
    pathFields: { queue: 'queue' },
    numbers: ['page', 'pageSize', 'from'],
  }),
  route('POST', '/api/queues/:queue/jobs', 'job.add', 'adds a job for a handler', { pathFields: { queue: 'queue' }, status: 201 }),
  route('POST', '/api/queues/:queue/pause', 'queue.pause', 'no job of it begins; those in hand go on', { pathFields: { queue: 'queue' } }),
  route('POST', '/api/queues/:queue/resume', 'queue.resume', 'it goes on', { pathFields: { queue: 'queue' } }),
  route('POST', '/api/queues/:queue/retry-failed', 'queue.retryFailed', 'runs every failed job again, or those of one name', {
    pathFields: { queue: 'queue' },
    extraMs: sweepMs,
  }),
  route('POST', '/api/queues/:queue/clean', 'queue.clean', 'removes jobs of one state that are at least so old', {
    pathFields: { queue: 'queue' },
    extraMs: sweepMs,
  }),
  route('GET', '/api/jobs/:queue/:id', 'job.get', 'one job: data, result, log, tries with stacks, timeline, and what may be done with it', job),
  jobAct('retry', 'runs it again with all its attempts'),
  route('POST', '/api/jobs/:queue/:id/cancel', 'job.cancel', 'takes it out of the line, or tells the worker that holds it to stop', {
    ...job,
    status: (result) => (result.status === 'cancelled' ? 200 : 202),
  }),
  jobAct('remove', 'removes it'),
  jobAct('promote', 'a delayed job waits in line from now on'),
  route('POST', '/api/jobs/:queue/:id/duplicate', 'job.duplicate', 'a new job of the same kind, with other data if given', { ...job, status: 201 }),
  route('GET', '/api/history', 'job.history', 'finished jobs of seven days by queue, name, outcome and time, the newest first', {
    numbers: ['fromMs', 'toMs', 'withinMs', 'limit'],
  }),
];
