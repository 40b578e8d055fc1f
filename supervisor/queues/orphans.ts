import type { QueueName } from '../../contract/config.js';
import { type Clock, sleep } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { JobFacts, Recovery } from './recovery.js';

/** Jobs active at both looks that no worker had in hand at either: nobody will ever end them. */
export function orphansOf(first: readonly string[], second: readonly string[], held: ReadonlySet<string>): readonly string[] {
  const before = new Set(first);
  return second.filter((id) => before.has(id) && !held.has(id));
}

export interface OrphanOptions {
  readonly registry: {
    readonly names: readonly QueueName[];
    active(queue: QueueName): Promise<readonly JobFacts[]>;
    requeueActive(queue: QueueName, options: { readonly predicate: (job: JobFacts) => boolean; readonly countsAsDeath: boolean }): Promise<Recovery>;
  };
  /** Ids of the jobs that living workers of this node say they hold. */
  held(): ReadonlySet<string>;
  ours(job: JobFacts, queue: QueueName): boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Workers tell what they hold every second: this long after a look every job taken before it is in a report. */
const gapMs = 3_000;

/**
 * A job that ends while Redis refuses changes cannot be taken out of its queue, and its worker forgets it.
 * Waiting for its lock to expire would take ten minutes. To call once changes are taken again; gives the number put back in line.
 */
export async function returnOrphans(options: OrphanOptions): Promise<number> {
  const { registry, held, ours, clock, log, signal } = options;
  const look = async (queue: QueueName): Promise<readonly string[]> => (await registry.active(queue)).filter((job) => ours(job, queue)).map(({ id }) => id);
  const first = new Map<QueueName, readonly string[]>();
  for (const queue of registry.names) first.set(queue, await look(queue));
  const known = new Set(held());
  await sleep(clock, gapMs, signal);
  for (const id of held()) known.add(id);
  let returned = 0;
  for (const queue of registry.names) {
    const orphans = new Set(orphansOf(first.get(queue) ?? [], await look(queue), known));
    if (orphans.size === 0) continue;
    const { requeued } = await registry.requeueActive(queue, { predicate: (job) => orphans.has(job.id), countsAsDeath: false });
    returned += requeued.length;
  }
  if (returned > 0) log.warn('jobs that nobody held any more are back in line', { jobs: returned });
  return returned;
}
