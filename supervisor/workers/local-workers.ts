import type { LocalWorker } from '../queues/queue-boards.js';
import type { WorkerHost } from './worker-host.js';

/** The workers of this node as the boards of the queues show them. */
export const localWorkers = (hosts: readonly WorkerHost[]): LocalWorker[] =>
  hosts.map((host) => {
    const view = host.view();
    return {
      name: view.name,
      state: view.state,
      pid: view.pid,
      queues: host.queues,
      slots: (queue) => host.slots(queue),
      jobs: host.beat?.jobs ?? null,
      ageMs: view.statusAgeMs ?? null,
    };
  });
