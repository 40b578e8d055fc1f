import { hostname } from 'node:os';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import { presenceEveryMs, tellAlive, tellGone } from '../core/jobs/presence.js';
import type { Redis } from '../core/redis/connection.js';
import type { Keys } from '../core/redis/keys.js';
import { EndedJobs, type EndsOf } from './ended-jobs.js';

export interface ReportsOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly worker: string;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** By queue, now. */
  slots(): Readonly<Record<string, number>>;
  busy(): Readonly<Record<string, number>>;
  /** True when this worker holds the job. */
  cancel(queue: string, id: string): void;
}

/** What a worker tells everybody through Redis, so that one on another machine is seen like one at home: that it lives, and what it finished. */
export class Reports {
  readonly #options: ReportsOptions;
  readonly #scope: Scope;
  readonly #ended: EndedJobs;
  readonly #startedAtMs: number;

  constructor(options: ReportsOptions) {
    const { redis, keys, worker, node, clock, log } = options;
    this.#options = options;
    this.#startedAtMs = clock.wallMs();
    this.#scope = new Scope(clock, (step, error) => log.debug('a report of the worker failed', { step, error }));
    this.#ended = new EndedJobs({ redis, stream: keys.jobsEnded, bull: keys.bull, worker, node, clock, log });
  }

  watch(queue: string, physical: string, worker: EndsOf): void {
    this.#ended.watch(queue, physical, worker);
  }

  start(): void {
    this.#ended.start();
    void this.#tell().catch(() => undefined);
    this.#scope.every('alive', presenceEveryMs, () => this.#tell());
  }

  /** While the connection still stands. */
  async stop(): Promise<void> {
    await this.#scope.close(500);
    await this.#ended.stop();
    const { redis, keys, worker } = this.#options;
    await tellGone(redis, keys, worker).catch(() => undefined);
  }

  /** The connection is no good any more. */
  abandon(): void {
    void this.#scope.close(0);
    this.#ended.abandon();
  }

  async #tell(): Promise<void> {
    const { redis, keys, worker, node, slots, busy, cancel } = this.#options;
    // A connection that is away would keep every second's words for later.
    if (redis.status !== 'ready') return;
    const facts = { node, host: hostname(), pid: process.pid, startedAtMs: this.#startedAtMs, slots: { ...slots() }, busy: { ...busy() } };
    for (const key of await tellAlive(redis, keys, worker, facts)) {
      const at = key.indexOf(':');
      cancel(key.slice(0, at), key.slice(at + 1));
    }
  }
}
