import { RoostError } from '../contract/errors.js';
import type { ScheduleView } from '../contract/schedules.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { Redis } from '../core/redis/connection.js';
import type { Keys } from '../core/redis/keys.js';
import type { ActivityLog } from './activity-log.js';
import type { ConfigSource } from './config/config-source.js';
import type { Environment } from './config/load-config.js';
import type { Desk } from './desk.js';
import type { HandlerCatalogue } from './handler-pool/handler-catalogue.js';
import type { Hold } from './hold/hold.js';
import type { ScheduleMetrics } from './metrics/schedule-metrics.js';
import { type Known, knownOf } from './schedules/check.js';
import { ScheduleImports } from './schedules/import/schedule-imports.js';
import { scheduleJobs } from './schedules/jobs.js';
import { LedgerStore } from './schedules/ledger-store.js';
import { ScheduleDesk } from './schedules/schedule-desk.js';
import { Schedules } from './schedules/schedules.js';

export interface ScheduleRoomOptions {
  readonly source: ConfigSource;
  readonly env: Environment;
  readonly node: string;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly activity: ActivityLog;
  readonly metrics: ScheduleMetrics;
  hold(): Hold;
  safeMode(): boolean;
  /** All handlers there are, a user's own included. */
  handlers(): Pick<HandlerCatalogue, 'get' | 'specs'>;
  /** Asks the worker that holds a job to stop it. */
  stopJob(queue: string, jobId: string): void;
  changed(views: ScheduleView[]): void;
}

/** The place of the schedules: they run while Redis serves, and again once its data were replaced. */
export class ScheduleRoom {
  readonly desk: ScheduleDesk;
  readonly imports: ScheduleImports;
  readonly #options: ScheduleRoomOptions;
  readonly #known: Known;
  #current: Schedules | undefined;
  #redis: Redis | undefined;

  constructor(options: ScheduleRoomOptions) {
    this.#options = options;
    const { source, env, clock } = options;
    this.#known = knownOf(() => source.current, {
      get: (name) => options.handlers().get(name),
      get specs() {
        return options.handlers().specs;
      },
    });
    const known = this.#known;
    this.desk = new ScheduleDesk({ source, env, clock, known, schedules: () => this.require() });
    this.imports = new ScheduleImports({
      desk: this.desk,
      known,
      clock,
      env,
      config: () => source.current.schedules,
      schedules: () => this.require(),
      redis: () => this.#connection(),
      key: options.keys.scheduleImports,
    });
  }

  require(): Schedules {
    if (this.#current !== undefined) return this.#current;
    throw new RoostError('redis-unavailable', 'Schedules are not open: Redis does not serve yet; try again in a moment.', { retryAfterMs: 1_000 });
  }

  /** To call once it is known whether Roost is held: a stop that outlives a restart must not start a single run. */
  async open(desk: Desk): Promise<void> {
    await this.close();
    this.#redis = desk.connection;
    const { source, node, keys, clock, log, activity, metrics, hold, safeMode, stopJob, changed } = this.#options;
    this.#current = new Schedules({
      store: new LedgerStore({ redis: () => desk.connection, keys, clock }),
      jobs: scheduleJobs(desk.registry, clock, stopJob),
      known: this.#known,
      config: () => source.current.schedules,
      inFile: (name) => this.desk.inFile(name),
      held: () => {
        const level = hold().view?.level;
        if (level !== undefined) return `Roost is held (${level}).`;
        return safeMode() ? 'Roost is in safe mode.' : undefined;
      },
      parked: (name, why) => activity.add('critical', 'schedule-parked', 'schedules', `The schedule ${name} is parked. ${why}`),
      node,
      clock,
      log: log.child('schedules'),
      metrics,
      changed,
    });
    this.#current.start();
  }

  #connection(): Redis {
    this.require();
    return this.#redis as Redis;
  }

  /** The config, or what it may name, has changed. */
  apply(): void {
    this.#current?.apply();
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.stop();
  }
}
