import type { QueueName } from '../../contract/config.js';
import type { Log } from '../../core/base/log.js';
import { type OrphanOptions, orphansOf } from './orphans.js';

export interface OrphanSweepOptions {
  /** Undefined while the queues are closed. */
  registry(): OrphanOptions['registry'] | undefined;
  /** Ids of the jobs that the workers of this node hold; undefined while one of them was not heard a moment ago, or could not tell all. */
  heldForSure(): ReadonlySet<string> | undefined;
  readonly ours: OrphanOptions['ours'];
  readonly log: Log;
}

/**
 * A worker whose fetch was answered into a broken connection never hears of the job it was given: it is active, nobody
 * holds it, and its lock runs for ten minutes. Found by two looks that lie far apart: a job that is active at both and
 * in nobody's hands at either goes back in line. To call every half minute: an end that is on its way to Redis takes no longer.
 */
export class OrphanSweep {
  readonly #options: OrphanSweepOptions;
  #suspects = new Map<QueueName, readonly string[]>();

  constructor(options: OrphanSweepOptions) {
    this.#options = options;
  }

  /** Gives the number of jobs put back. Rejects while Redis is away; the suspicion is dropped then. */
  async look(): Promise<number> {
    const { registry: open, heldForSure, ours, log } = this.#options;
    const before = this.#suspects;
    this.#suspects = new Map();
    const registry = open();
    const held = heldForSure();
    if (registry === undefined || held === undefined) return 0;
    const suspects = new Map<QueueName, readonly string[]>();
    let returned = 0;
    for (const queue of registry.names) {
      const active = (await registry.active(queue)).filter((job) => ours(job, queue)).map(({ id }) => id);
      // What was taken since is in no report yet: the held ones are asked again after the queue.
      const now = heldForSure();
      if (now === undefined) return returned;
      const unheld = active.filter((id) => !held.has(id) && !now.has(id));
      const orphans = new Set(orphansOf(before.get(queue) ?? [], unheld, held));
      if (orphans.size > 0) {
        const { requeued } = await registry.requeueActive(queue, { predicate: (job) => orphans.has(job.id), countsAsDeath: false });
        log.warn('jobs that a worker was given and never heard of are back in line', { queue, jobs: requeued });
        returned += requeued.length;
      }
      suspects.set(
        queue,
        unheld.filter((id) => !orphans.has(id)),
      );
    }
    this.#suspects = suspects;
    return returned;
  }
}
