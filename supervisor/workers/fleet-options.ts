import type { Config } from '../../contract/config.js';
import type { Clock, Random } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { Keys } from '../../core/redis/keys.js';
import type { Desk } from '../desk.js';
import type { LifeBook } from '../process/life-book.js';
import type { RestartBudget } from '../process/restart-budget.js';
import type { Launcher } from '../process/types.js';
import type { CanaryOptions } from '../queues/canary.js';
import type { RedisHost } from '../redis/redis-host.js';
import type { WorkerCalls } from './worker-life.js';

/** What of the desk workers need. */
export type FleetDesk = Pick<Desk, 'registry' | 'connection' | 'requeue'>;

export type CanaryTimes = Partial<Pick<CanaryOptions, 'periodMs' | 'timeoutMs' | 'eagerMs'>>;

export interface WorkerFleetOptions {
  readonly config: Config;
  readonly node: string;
  readonly keys: Keys;
  readonly launcher: Launcher;
  readonly redis: RedisHost;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly budget: RestartBudget;
  readonly book?: LifeBook;
  /** Undefined until Redis served for the first time. */
  desk(): FleetDesk | undefined;
  readonly calls: WorkerCalls;
  /** Other times for the canaries than the usual ones. */
  readonly canary?: CanaryTimes;
}
