import type { QueueName } from '../../contract/config.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { OrphanOptions } from './orphans.js';

export interface OrphanSweepOptions {
  /** Undefined while the queues are closed. */
  registry(): OrphanOptions['registry'] | undefined;
  /** Ids of the jobs that the workers of this node hold; undefined while one of them was not heard a moment ago, or could not tell all. */
  heldForSure(): ReadonlySet<string> | undefined;
  readonly ours: OrphanOptions['ours'];
  readonly clock: Clock;
  readonly log: Log;
}

/** Longer than any end of a job is on its way to Redis. */
const sureAfterMs = 30_000;

/**
 * A worker whose fetch was answered into a broken connection never hears of the job it was given: it is active, nobody
 * holds it, and its lock runs for ten minutes. A job that was in nobody's hands at every look for half a minute goes
 * back in line. A look at which a worker was not heard says nothing either way; one without Redis begins anew.
 */
export class OrphanSweep {
  readonly #options: OrphanSweepOptions;
  /** Since when each active job was seen in nobody's hands, by the monotonic clock. */
  #suspects = new Map<QueueName, ReadonlyMap<string, number>>();

  constructor(options: OrphanSweepOptions) {
    this.#options = options;
  }

  /** To call every few seconds. Gives the number of jobs put back. Rejects while Redis is away; the suspicion is dropped then. */
  async look(): Promise<number> {
    const { registry: open, heldForSure, ours, clock, log } = this.#options;
    const before = this.#suspects;
    const registry = open();
    const held = heldForSure();
    if (registry === undefined) this.#suspects = new Map();
    if (registry === undefined || held === undefined) return 0;
    this.#suspects = new Map();
    const suspects = new Map<QueueName, ReadonlyMap<string, number>>();
    let returned = 0;
    for (const queue of registry.names) {
      const active = (await registry.active(queue)).filter((job) => ours(job, queue)).map(({ id }) => id);
      const nowMono = clock.monoMs();
      const since = new Map(active.filter((id) => !held.has(id)).map((id) => [id, before.get(queue)?.get(id) ?? nowMono]));
      // What was taken since is in no report yet: the held ones are asked again after the queue.
      const now = heldForSure();
      for (const id of now ?? []) since.delete(id);
      suspects.set(queue, since);
      if (now === undefined) continue;
      const orphans = new Set([...since].filter(([, sinceMono]) => nowMono - sinceMono >= sureAfterMs).map(([id]) => id));
      if (orphans.size === 0) continue;
      const { requeued } = await registry.requeueActive(queue, { predicate: (job) => orphans.has(job.id), countsAsDeath: false });
      log.warn('jobs that a worker was given and never heard of are back in line', { queue, jobs: requeued });
      returned += requeued.length;
      for (const id of orphans) since.delete(id);
    }
    this.#suspects = suspects;
    return returned;
  }
}
