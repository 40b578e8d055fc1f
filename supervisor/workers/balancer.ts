import type { Config } from '../../contract/config.js';
import type { State } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { meanRunMs, nextShift, type QueueLoad } from './balance.js';
import type { WorkerFleet } from './worker-fleet.js';

export interface BalancerOptions {
  readonly config: Pick<Config, 'workers'>;
  readonly fleet: Pick<WorkerFleet, 'views' | 'tune'>;
  /** Jobs that wait in a queue, and how long one of them runs. */
  load(queue: string): Pick<QueueLoad, 'waiting' | 'runMs'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs?: number;
}

/** One slot at a time and not at once again: a shift has to show before the next. */
const everyMs = 3_000;

/** Moves slots between the queues of those workers whose config allows it. */
export class Balancer {
  readonly #options: BalancerOptions;
  readonly #scope: Scope;

  constructor(options: BalancerOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (_step, error) => options.log.warn('slots could not be balanced', { error }));
  }

  start(): void {
    this.#scope.every('balance', this.#options.everyMs ?? everyMs, () => this.#round());
  }

  stop(): Promise<void> {
    return this.#scope.close();
  }

  #round(): void {
    const { config, fleet, load, log } = this.#options;
    for (const { name, queues } of fleet.views()) {
      const limits = config.workers[name]?.balance ?? false;
      if (limits === false) continue;
      const slots = new Map(queues.map((one) => [one.queue, one.slots]));
      const shift = nextShift(
        queues.map(({ queue, slots: now, configured }) => ({ queue, slots: now, configured, ...load(queue) })),
        limits,
      );
      if (shift === undefined) continue;
      const { from, to } = shift;
      fleet.tune(name, { [from]: (slots.get(from) ?? 2) - 1, [to]: (slots.get(to) ?? 0) + 1 });
      log.info('a slot was moved', { worker: name, from, to });
    }
  }
}

/** Fed by what the screen shows of the queues. */
export const buildBalancer = (parts: Omit<BalancerOptions, 'load'> & { state(): Pick<State, 'health' | 'queues'> }): Balancer =>
  new Balancer({
    ...parts,
    load: (queue) => {
      const { health, queues } = parts.state();
      return { waiting: health.queues[queue]?.waiting ?? 0, runMs: meanRunMs(queues[queue]?.names ?? []) };
    },
  });
