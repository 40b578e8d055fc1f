import type { Health, ProcessView } from '../contract/state.js';
import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Scope } from '../core/base/scope.js';
import type { JobHistory } from './history/job-history.js';
import type { Incidents } from './incidents/incidents.js';
import type { Observer } from './observer.js';
import { freshMs, freshUsageMs, freshWithinMs, lookEveryMs, usageEveryMs } from './pace.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { Services } from './services/services.js';
import type { StateStore } from './state/state-store.js';
import type { UsageReport } from './usage-report.js';

export interface LookoutOptions {
  readonly clock: Clock;
  readonly state: Pick<StateStore, 'watched' | 'onWatched'>;
  readonly observer: Pick<Observer, 'look' | 'queues'>;
  readonly usage: Pick<UsageReport, 'measure' | 'measuredMono' | 'ownRssBytes'>;
  readonly services: Pick<Services, 'limitMemory'>;
  readonly pool: Pick<WarmPool, 'hasAgents'>;
  readonly incidents: Pick<Incidents, 'open'>;
  readonly history: Pick<JobHistory, 'read'>;
  processes(): readonly ProcessView[];
  /** As it was last published. */
  health(): Pick<Health, 'sessions'> | undefined;
  starting(): boolean;
  stopping(): boolean;
  /** After each look at everything. */
  looked(): void;
  /** Once a second, whatever was looked at. */
  second(): void;
}

const tickMs = 1_000;

/** Decides when Roost looks at itself: as often as somebody watches or something is under way, rarely at rest, and at once for whoever asks. */
export class Lookout {
  readonly #options: LookoutOptions;
  #observedMono = Number.NEGATIVE_INFINITY;
  #observing: Promise<void> | undefined;

  constructor(options: LookoutOptions) {
    this.#options = options;
  }

  start(scope: Scope): void {
    // Whoever opens a screen sees what is, not what was at the last look of a rest.
    scope.add(
      'screens',
      this.#options.state.onWatched(() => void this.fresh()),
    );
    scope.every('tick', tickMs, () => this.#tick());
  }

  /** Looks at everything now; joins a look under way. */
  observe(): Promise<void> {
    this.#observing ??= this.#observe().finally(() => {
      this.#observing = undefined;
    });
    return this.#observing;
  }

  /** For whoever asks now: looks first if the last look was at rest. */
  async fresh(): Promise<void> {
    const { clock, history } = this.#options;
    const stale = clock.monoMs() - this.#observedMono >= freshMs;
    const looks = [this.freshUsage(), ...(stale ? [history.read(), this.observe()] : [])];
    await within(clock, freshWithinMs, Promise.allSettled(looks));
  }

  async freshUsage(): Promise<void> {
    const { clock, usage, processes } = this.#options;
    if (clock.monoMs() - usage.measuredMono >= freshUsageMs) await usage.measure(processes());
  }

  async #tick(): Promise<void> {
    const { clock, state, services, pool, usage, processes } = this.#options;
    const nowMono = clock.monoMs();
    const { watched } = state;
    // A tick may come a little early.
    const due = (sinceMono: number, everyMs: number): boolean => nowMono - sinceMono >= everyMs - tickMs / 2;
    const limited = services.limitMemory || pool.hasAgents;
    if (due(usage.measuredMono, usageEveryMs({ watched, limited }))) await usage.measure(processes());
    if (due(this.#observedMono, lookEveryMs({ watched, busy: this.#busy() }))) await this.observe();
    this.#options.second();
  }

  #busy(): boolean {
    const { incidents, observer, starting, stopping } = this.#options;
    const health = this.#options.health();
    if (starting() || stopping() || incidents.open || health === undefined) return true;
    if (health.sessions.starting > 0 || health.sessions.waiting > 0) return true;
    return Object.values(observer.queues).some(({ waiting, active }) => waiting + active > 0);
  }

  async #observe(): Promise<void> {
    const { clock, observer, usage, processes, looked } = this.#options;
    this.#observedMono = clock.monoMs();
    await observer.look();
    // The first figures at once: a screen without them looks broken.
    if (usage.ownRssBytes === null) await usage.measure(processes());
    looked();
  }
}
