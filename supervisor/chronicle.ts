import type { ProcessView } from '../contract/state.js';
import type { Scope } from '../core/base/scope.js';
import { type ActivityLog, activityOf } from './activity-log.js';
import type { JobHistory } from './history/job-history.js';
import type { Incidents, Recovered } from './incidents/incidents.js';
import type { Metrics } from './metrics/metrics.js';
import type { PoolEvent, WarmPool } from './pool/warm-pool.js';
import type { Services } from './services/services.js';
import type { StateStore } from './state/state-store.js';

export interface ChronicleOptions {
  readonly state: StateStore;
  readonly activity: ActivityLog;
  readonly metrics: Metrics;
  readonly incidents: Incidents;
  readonly history: JobHistory;
  readonly pool: WarmPool;
  readonly services: Services;
  stopping(): boolean;
}

const shownIncidents = 50;

/** Writes down what happens: for people as activity and incidents, for machines as metrics. */
export class Chronicle {
  readonly #options: ChronicleOptions;
  readonly #seen = new Map<string, ProcessView>();

  constructor(options: ChronicleOptions) {
    this.#options = options;
  }

  /** Listens until the scope closes. */
  follow(scope: Scope): void {
    const { pool, services, activity, state, incidents, history, metrics } = this.#options;
    scope.add(
      'service events',
      services.onEvent((event) => activity.add(event.severity, event.kind, event.process, event.message)),
    );
    scope.add(
      'pool events',
      pool.onEvent((event) => this.#poolEvent(event)),
    );
    scope.add(
      'activity',
      activity.onAdded(() => state.set('activity', [...activity.items])),
    );
    const showIncidents = (): void => state.set('incidents', incidents.summaries(shownIncidents));
    scope.add('incidents', incidents.onChange(showIncidents));
    // Those of earlier runs were read before anybody listened.
    showIncidents();
    scope.add(
      'recoveries',
      incidents.onRecovered((recovered) => this.#recovered(recovered)),
    );
    scope.add(
      'ends of jobs',
      history.onEnded((job) => metrics.jobEnded(job, history.tallies.labelOf(job.q, job.n))),
    );
  }

  /** What has changed since these processes were told of last. */
  note(processes: readonly ProcessView[]): void {
    for (const view of processes) if (view.kind !== 'agent') this.#noteOne(view);
    // One that comes back under the same name is a new one.
    for (const name of this.#seen.keys()) if (!processes.some((view) => view.name === name)) this.#seen.delete(name);
  }

  #noteOne(view: ProcessView): void {
    const { activity, metrics, incidents, stopping } = this.#options;
    const before = this.#seen.get(view.name);
    this.#seen.set(view.name, view);
    // At the end of Roost a worker that was told to drain goes by itself.
    if (!stopping()) incidents.seen(before, view);
    if (before?.lastExit?.atMs !== view.lastExit?.atMs && view.lastExit !== null) metrics.processEnded(view.name, view.lastExit.cause);
    const found = activityOf(before, view);
    if (found === undefined) return;
    activity.add(found.severity, found.kind, view.name, found.message);
  }

  #poolEvent(event: PoolEvent): void {
    const { activity, metrics, incidents } = this.#options;
    const severity = event.kind === 'recovered' || event.kind === 'memory-ample' ? 'info' : 'warning';
    activity.add(severity, event.kind, 'agentId' in event ? event.agentId : 'pool', event.message);
    if (event.kind === 'agent-died') metrics.processEnded('agents', event.cause);
    incidents.poolEvent(event);
  }

  #recovered({ incident, cause, recoveryMs }: Recovered): void {
    this.#options.metrics.recovered(cause, recoveryMs);
    const took = recoveryMs < 10_000 ? `${(recoveryMs / 1_000).toFixed(1)} s` : `${Math.round(recoveryMs / 1_000)} s`;
    this.#options.activity.add('info', 'resolved', incident.trigger.process, `Over after ${took}: ${incident.trigger.message}`);
  }
}
