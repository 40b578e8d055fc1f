import { wantedWarm } from '../../contract/pool-views.js';
import type { Health, HoldView, PoolView, ProcessView, Reason } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { configNotes } from '../config/config-access.js';
import type { ConfigSource } from '../config/config-source.js';
import type { Desk } from '../desk.js';
import type { Observer } from '../observer.js';
import type { WarmPool } from '../pool/warm-pool.js';
import { redisNotes, refusal } from '../redis/redis-facts.js';
import type { RedisHost } from '../redis/redis-host.js';
import type { SafeMode } from '../start-record.js';
import type { StateStore } from '../state/state-store.js';
import type { TurnStats } from '../turn-stats.js';
import type { WorkerFleet } from '../workers/worker-fleet.js';
import { assess } from './assess.js';

export interface HealthReportOptions {
  readonly clock: Clock;
  readonly state: StateStore;
  readonly pool: WarmPool;
  readonly redis: RedisHost;
  readonly workers: WorkerFleet;
  readonly observer: Pick<Observer, 'redisAnswers' | 'queues'>;
  readonly turnStats: TurnStats;
  readonly version: string;
  /** Of the door: where this Roost runs from. */
  readonly doorNotes: readonly Reason[];
  processes(): readonly ProcessView[];
  poolView(): PoolView;
  readonly config: Pick<ConfigSource, 'problem' | 'access'>;
  hold(): HoldView | null;
  desk(): Desk | undefined;
  starting(): boolean;
  stopping(): boolean;
  safeMode(): SafeMode | null;
  /** No process can be started for want of file descriptors. */
  filesShort(): boolean;
}

/** Gathers what is known of every part and has it judged. */
export class HealthReport {
  readonly #options: HealthReportOptions;
  readonly #startedMono: number;
  #apiUrl: string | null = null;
  #apiMoved: string | null = null;

  constructor(options: HealthReportOptions) {
    this.#options = options;
    this.#startedMono = options.clock.monoMs();
  }

  /** Null for an API that is closed; `moved` says why it is not where it was wished to be. */
  apiOpened(url: string | null, moved: string | null): void {
    this.#apiUrl = url;
    this.#apiMoved = moved;
  }

  /** As it is at this moment. */
  now(): Health {
    const { desk, pool, redis, workers, observer, turnStats, version, starting, stopping, config, clock } = this.#options;
    const recent = turnStats.recent(clock.monoMs());
    const counts = desk()?.sessions.counts();
    const poolView = this.#options.poolView();
    const notes = [...redisNotes(redis), ...configNotes(config.access), ...this.#options.doorNotes];
    if (this.#apiMoved !== null) notes.push({ code: 'port-taken', process: 'api', message: this.#apiMoved, runbook: 'port-taken' });
    const health = assess({
      processes: this.#options.processes().filter((one) => one.kind !== 'agent'),
      redisProved: observer.redisAnswers,
      provedQueues: workers.provedQueues,
      consumedQueues: new Set(workers.consumedQueues),
      queues: observer.queues,
      apiOpen: this.#apiUrl !== null,
      pool: poolView,
      sessions: {
        pool: poolView.ready,
        target: pool.target,
        wanted: wantedWarm(poolView),
        starting: poolView.starting,
        active: counts?.active ?? 0,
        waiting: counts?.waiting ?? 0,
        capacity: poolView.capacity,
      },
      turnsDone: recent.done,
      turnsFailed: recent.failed,
      uptimeMs: Math.round(clock.monoMs() - this.#startedMono),
      version,
      parkedSchedules: this.#options.state.state.schedules.filter((one) => one.state === 'parked').map((one) => one.name),
      configProblem: config.problem,
      configExposed: config.access.exposed,
      starting: starting(),
      stopping: stopping(),
      safeMode: this.#options.safeMode(),
      filesShort: this.#options.filesShort(),
      hold: this.#options.hold(),
      redisRefuses: refusal(redis.trouble),
    });
    return notes.length === 0 ? health : { ...health, notes };
  }
}
