import { RoostError } from '../contract/errors.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import type { ActivityLog } from './activity-log.js';
import type { Desk } from './desk.js';
import type { WarmPool } from './pool/warm-pool.js';
import { OrphanSweep } from './queues/orphan-sweep.js';
import { returnOrphans } from './queues/orphans.js';
import { isOfNode, type JobFacts } from './queues/recovery.js';
import type { RedisBackups } from './redis/backup/redis-backups.js';
import type { Restored } from './redis/backup/restore.js';
import { ManagedRedis } from './redis/managed-redis.js';
import type { RedisHost } from './redis/redis-host.js';
import { watchRefusals } from './redis/refusals.js';
import { restoreStack } from './restore-stack.js';
import type { StateStore } from './state/state-store.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

export interface RedisCareOptions {
  readonly redis: RedisHost;
  /** Undefined for a Redis that somebody else runs. */
  readonly backups: RedisBackups | undefined;
  readonly node: string;
  readonly workers: WorkerFleet;
  readonly pool: WarmPool;
  readonly state: StateStore;
  readonly activity: ActivityLog;
  readonly clock: Clock;
  readonly log: Log;
  desk(): Desk | undefined;
  closeDesk(): Promise<boolean>;
  openDesk(): Promise<void>;
}

/** Workers tell what they hold every second. */
const heardWithinMs = 3_000;
/** A job that nobody holds is back in line 30 to 40 s after its worker was to hear of it. */
const sweepEveryMs = 10_000;

/** What the stack does for the data of Redis and about its refusals, beside keeping its process alive. */
export class RedisCare {
  readonly backups: RedisBackups | undefined;
  readonly #options: RedisCareOptions;
  readonly #scope: Scope;
  #restoring: Promise<Restored> | undefined;
  /** A restore that failed half way closed what lives on Redis: it is opened again as soon as Redis serves. */
  #deskOwed = false;

  constructor(options: RedisCareOptions) {
    this.backups = options.backups;
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('the care for redis failed in a step', { step, error }));
  }

  get restoring(): boolean {
    return this.#restoring !== undefined;
  }

  /** To call before Redis starts. */
  async start(): Promise<void> {
    const { redis, state, activity, log, clock, workers, desk, node } = this.#options;
    const { signal } = this.#scope;
    const ours = (job: JobFacts, queue: string): boolean => isOfNode(job, queue, node);
    this.#scope.add(
      'refusals',
      watchRefusals(redis, {
        onNeedsRecovery: (why) => log.error('redis needs a person: nothing goes on until its data are restored or given up', { why }),
        onServesAgain: async () => {
          const registry = desk()?.registry;
          if (registry !== undefined) await returnOrphans({ registry, held: () => workers.heldJobs(), ours, clock, log, signal });
        },
        onError: (error) => log.warn('jobs that ended while redis refused changes could not be put back', { error }),
      }),
    );
    const sweep = new OrphanSweep({ registry: () => this.#servedRegistry(), heldForSure: () => workers.heldForSure(heardWithinMs), ours, clock, log });
    this.#scope.every('orphans', sweepEveryMs, async () => void (await sweep.look()));
    this.#scope.add(
      'owed',
      redis.onReady(() => void this.#openOwed()),
    );
    if (redis instanceof ManagedRedis)
      this.#scope.add(
        'notices',
        redis.onNotice((message) => activity.add('warning', 'repaired', 'redis', message)),
      );
    const { backups } = this;
    if (backups === undefined) return;
    this.#scope.add(
      'backups',
      backups.onChange(() => state.set('backups', backups.view())),
    );
    await backups.start();
  }

  async stop(): Promise<void> {
    await this.#scope.close();
    await this.backups?.stop();
  }

  /** One at a time; nothing is touched before the backup was found good. */
  async restore(file: string): Promise<Restored> {
    const { backups } = this;
    if (backups === undefined) throw new RoostError('not-supported', 'This Redis is run by somebody else; restore its data where it runs.');
    if (this.#restoring !== undefined) throw new RoostError('conflict', 'A backup is being restored already.');
    await backups.check(file);
    this.#restoring = this.#restoreNow(backups, file);
    try {
      return await this.#restoring;
    } finally {
      this.#restoring = undefined;
    }
  }

  /** The queues, while Redis answers and nobody is putting back its data. */
  #servedRegistry() {
    const { redis, desk } = this.#options;
    return this.restoring || redis.trouble !== null || redis.view().state !== 'running' ? undefined : desk()?.registry;
  }

  #restoreNow(backups: RedisBackups, file: string): Promise<Restored> {
    const { clock, workers, pool, closeDesk, openDesk } = this.#options;
    return restoreStack({
      clock,
      workers,
      pool,
      closeDesk: async () => {
        const open = (await closeDesk()) || this.#deskOwed;
        this.#deskOwed = open;
        return open;
      },
      openDesk: async () => {
        await openDesk();
        this.#deskOwed = false;
      },
      installBackup: () => backups.restore(file),
    });
  }

  async #openOwed(): Promise<void> {
    if (!this.#deskOwed || this.restoring) return;
    this.#deskOwed = false;
    await this.#options.openDesk().catch((error: unknown) => {
      this.#deskOwed = true;
      this.#options.log.error('what lives on redis could not be opened again', { error });
    });
  }
}
