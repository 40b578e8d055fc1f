import { Gauge, type Registry } from 'prom-client';
import type { WorkerView } from '../../contract/work-methods.js';

export const handlerProcessStates = ['starting', 'idle', 'busy', 'ending'] as const;
export type HandlerProcessState = (typeof handlerProcessStates)[number];

/** What the processes of handlers do now, and how many jobs wait for one. */
export interface HandlerLoad {
  readonly waiting: number;
  readonly states: Readonly<Record<HandlerProcessState, number>>;
}

/** Figures of the workers and handler processes of this node. Queues are a closed set: those of the config. */
export class WorkMetrics {
  readonly #slots: Gauge<'queue' | 'state'>;
  readonly #processes: Gauge<'state'>;
  readonly #waiting: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#slots = new Gauge({
      name: 'roost_worker_slots',
      help: 'Places for jobs side by side at the workers of this node, busy and free.',
      labelNames: ['queue', 'state'],
      registers,
    });
    this.#processes = new Gauge({ name: 'roost_handler_processes', help: 'Processes that run handlers, by state.', labelNames: ['state'], registers });
    this.#waiting = new Gauge({ name: 'roost_handler_jobs_waiting', help: 'Jobs that hold a slot and wait for a handler process.', registers });
  }

  fill(workers: readonly Pick<WorkerView, 'queues'>[], handlers: HandlerLoad): void {
    // A queue that left the config must leave the figures, too.
    this.#slots.reset();
    for (const { queue, slots, busy } of workers.flatMap(({ queues }) => queues)) {
      this.#slots.inc({ queue, state: 'busy' }, busy);
      // More than there are while slots were taken away from running jobs.
      this.#slots.inc({ queue, state: 'free' }, Math.max(0, slots - busy));
    }
    for (const state of handlerProcessStates) this.#processes.set({ state }, handlers.states[state]);
    this.#waiting.set(handlers.waiting);
  }
}
