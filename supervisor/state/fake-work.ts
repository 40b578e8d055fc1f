import type { workMethods } from '../../contract/work-methods.js';
import type { Handlers } from '../core.js';

/** Answers about workers and handlers for tests of doors and screens. */
export const fakeWork: Pick<Handlers, keyof typeof workMethods> = {
  'handler.list': async () => ({
    handlers: [{ name: 'http', summary: 'Makes a request.', queue: 'analysis', softMs: 60_000, hardMs: 120_000, retry: 'standard', own: false }],
    problems: [{ file: 'broken.ts', problem: 'must export default an object' }],
  }),
  'worker.list': async () => ({
    workers: [
      {
        name: 'jobs',
        machine: null,
        state: 'running',
        pid: 4_711,
        rssBytes: 80_000_000,
        ageMs: 61_000,
        jobsDone: 12,
        recycleAfterJobs: 100,
        memoryBytes: 536_870_912,
        balanced: false,
        queues: [{ queue: 'analysis', slots: 2, configured: 2, busy: 1 }],
        jobs: [{ queue: 'analysis', id: 'j1', name: 'http', forMs: 1_500 }],
      },
    ],
    handlerProcesses: { processes: 1, busy: 1, waiting: 0, most: 16, pids: [4_712] },
    rates: { analysis: { max: 10, everyMs: 1_000 } },
  }),
  'worker.tune': async ({ concurrency }) => ({ concurrency }),
  'worker.renew': async () => ({ renewed: true }),
  'queue.tune': async ({ rate }) => ({ rate }),
};
