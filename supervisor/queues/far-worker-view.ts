import type { WorkerView } from '../../contract/work-methods.js';
import type { LivingWorker } from '../../core/jobs/presence.js';

/** A worker of another node, as far as it tells. */
export function farWorkerView(one: LivingWorker, wallMs: number): WorkerView {
  const [name = one.worker] = one.worker.split('#');
  return {
    name: name.startsWith(`${one.node}.`) ? name.slice(one.node.length + 1) : name,
    machine: `${one.host} (${one.node})`,
    state: 'running',
    pid: one.pid,
    rssBytes: null,
    ageMs: Math.max(0, wallMs - one.startedAtMs),
    jobsDone: null,
    recycleAfterJobs: null,
    memoryBytes: null,
    balanced: false,
    queues: Object.entries(one.slots).map(([queue, slots]) => ({ queue, slots, configured: slots, busy: one.busy[queue] ?? 0 })),
    jobs: [],
  };
}
