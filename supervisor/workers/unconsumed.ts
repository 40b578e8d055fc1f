import type { Config } from '../../contract/config.js';
import type { HandlerSpec } from '../../contract/handlers.js';
import type { ActivityLog } from '../activity-log.js';

/** Queues that handlers send their jobs to although no worker of this config consumes them, with those handlers. */
export function unconsumedQueues(
  config: Pick<Config, 'workers'>,
  specs: readonly Pick<HandlerSpec, 'name' | 'queue'>[],
): ReadonlyMap<string, readonly string[]> {
  const consumed = new Set(Object.values(config.workers).flatMap((worker) => worker.queues));
  const found = new Map<string, readonly string[]>();
  for (const { name, queue } of specs) if (!consumed.has(queue)) found.set(queue, [...(found.get(queue) ?? []), name]);
  return found;
}

const unconsumedText = (queue: string, handlers: readonly string[]): string =>
  `No worker of this Roost consumes ${queue}: jobs of ${handlers.join(', ')} wait for a worker elsewhere. Name the queue at a worker, or send them to another one with handlers.routes.`;

/** Tells once of each such queue, and again after it was served in between. */
export class UnconsumedNotice {
  readonly #options: { readonly config: Pick<Config, 'workers'>; specs(): readonly HandlerSpec[]; readonly activity: Pick<ActivityLog, 'add'> };
  #told: ReadonlySet<string> = new Set();

  constructor(options: { readonly config: Pick<Config, 'workers'>; specs(): readonly HandlerSpec[]; readonly activity: Pick<ActivityLog, 'add'> }) {
    this.#options = options;
  }

  look(): void {
    const { config, specs, activity } = this.#options;
    const found = unconsumedQueues(config, specs());
    for (const [queue, handlers] of found) if (!this.#told.has(queue)) activity.add('warning', 'queue-unconsumed', queue, unconsumedText(queue, handlers));
    this.#told = new Set(found.keys());
  }
}
