import { hostname } from 'node:os';
import type { Consumer, QueueBoard } from '../../contract/job-views.js';
import type { QueueView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { type LivingWorker, livingWorkers } from '../../core/jobs/presence.js';
import { physicalQueue } from '../../core/jobs/queues.js';
import { call, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import { clearMs } from '../history/rate.js';
import type { JobTallies } from '../history/tallies.js';

/** A worker of this node, as the fleet knows it. */
export interface LocalWorker {
  readonly name: string;
  readonly state: string;
  readonly pid: number | null;
  readonly queues: readonly string[];
  slots(queue: string): number;
  /** Jobs in hand with the queue each is of; null before the first beat. */
  readonly jobs: readonly { readonly queue: string }[] | null;
  readonly ageMs: number | null;
}

export interface QueueBoardsOptions {
  readonly node: string;
  readonly keys: Keys;
  readonly clock: Clock;
  tallies(): JobTallies;
  locals(): readonly LocalWorker[];
}

/** Each life of a worker has a mark of its own, `<node>.<worker>#<n>`. */
const nameOf = (mark: string): string => mark.split('#')[0] ?? mark;

/** What is known of each queue beyond its depth: rates, latencies by job name, and who consumes it on which node. */
export class QueueBoards {
  readonly #options: QueueBoardsOptions;
  readonly #host = hostname();
  #living: readonly LivingWorker[] = [];

  constructor(options: QueueBoardsOptions) {
    this.#options = options;
  }

  /** Asks Redis who lives; one that fell silent is gone after ten seconds. */
  async look(redis: Redis): Promise<void> {
    const { clock, keys } = this.#options;
    this.#living = await call(clock, livingWorkers(redis, keys));
  }

  /** Everyone who is meant to consume it: those of this node in whatever state, others as long as they live. */
  consumers(queue: string, locals: readonly LocalWorker[] = this.#options.locals()): Consumer[] {
    const { node } = this.#options;
    const physical = physicalQueue(queue, node);
    const here = locals
      .filter(({ queues }) => queues.includes(queue))
      .map((local) => ({
        worker: `${node}.${local.name}`,
        node,
        here: true,
        state: local.state,
        pid: local.pid,
        host: this.#host,
        concurrency: local.slots(queue),
        busy: (local.jobs ?? []).filter((job) => job.queue === queue || job.queue === physical).length,
        ageMs: local.ageMs,
      }));
    const own = new Set(locals.map(({ name }) => `${node}.${name}`));
    const others = this.#living
      // Turns belong to a node.
      .filter((one) => !own.has(nameOf(one.worker)) && one.slots[queue] !== undefined && (queue !== 'turns' || one.node === node))
      .map((one) => ({
        worker: nameOf(one.worker),
        node: one.node,
        here: false,
        state: 'running',
        pid: one.pid,
        host: one.host,
        concurrency: one.slots[queue] ?? 0,
        busy: one.busy[queue] ?? 0,
        ageMs: one.ageMs,
      }));
    return [...here, ...others];
  }

  /** Living consumers. */
  count(queue: string, locals?: readonly LocalWorker[]): number {
    return this.consumers(queue, locals).filter(({ state }) => state === 'running').length;
  }

  /** The same depths with the living consumers of each queue. */
  counted(queues: Readonly<Record<string, QueueView>>): Record<string, QueueView> {
    const locals = this.#options.locals();
    return Object.fromEntries(Object.entries(queues).map(([name, view]) => [name, { ...view, workers: this.count(name, locals) }]));
  }

  board(queue: string, view: QueueView, locals?: readonly LocalWorker[]): QueueBoard {
    const nowMs = this.#options.clock.wallMs();
    const tallies = this.#options.tallies();
    const { all, failed } = tallies.perMinute(queue, nowMs);
    const workers = this.consumers(queue, locals);
    const paused = view.paused === true;
    return {
      paused,
      perMinute: Math.round(all * 100) / 100,
      failedPerMinute: Math.round(failed * 100) / 100,
      clearMs: clearMs(view.waiting, all, paused),
      unconsumed: !workers.some(({ state }) => state === 'running'),
      names: tallies.names(queue, nowMs),
      workers,
    };
  }

  boards(queues: Readonly<Record<string, QueueView>>): Record<string, QueueBoard> {
    const locals = this.#options.locals();
    return Object.fromEntries(Object.entries(queues).map(([name, view]) => [name, this.board(name, view, locals)]));
  }
}
