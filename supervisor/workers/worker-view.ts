import { slotsOf, type WorkerConfig } from '../../contract/config.js';
import type { WorkerView } from '../../contract/work-methods.js';
import type { WorkerHost } from './worker-host.js';

/** What a person sees of one worker. Jobs tell their queue as the queue library names it: `turns.<node>` are turns. */
export function workerView(name: string, host: WorkerHost, config: WorkerConfig, wallMs: number): WorkerView {
  const { state, pid, rssBytes } = host.process.view();
  const jobs = host.jobs.map((job) => ({ queue: job.queue, id: job.id, name: job.name, forMs: Math.max(0, wallMs - job.sinceMs) }));
  return {
    name,
    machine: null,
    state,
    pid,
    rssBytes: host.beat?.rssBytes ?? rssBytes,
    ageMs: host.ageMs,
    jobsDone: host.beat?.jobsDone ?? null,
    recycleAfterJobs: config.recycleAfterJobs,
    memoryBytes: config.memory,
    balanced: config.balance !== false,
    queues: host.queues.map((queue) => ({
      queue,
      slots: host.slots(queue),
      configured: slotsOf(config.concurrency, queue),
      busy: jobs.filter((job) => job.queue === queue).length,
    })),
    jobs,
  };
}
