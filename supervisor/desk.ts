import { join } from 'node:path';
import type { Config, QueueName } from '../contract/config.js';
import { queuesOf } from '../contract/config.js';
import type { HandlerSpec } from '../contract/handlers.js';
import type { CoordinatorView, QueueView, TurnView } from '../contract/state.js';
import type { Clock, Random } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { ArmStore } from '../core/coordinator/arm-store.js';
import { askToCancel, pendingCancels, withdrawCancel } from '../core/jobs/presence.js';
import { call, connect, type Redis, whenReady } from '../core/redis/connection.js';
import type { Keys } from '../core/redis/keys.js';
import { QuotaStore } from '../core/sessions/quota-store.js';
import { SessionStore } from '../core/sessions/session-store.js';
import { TurnHistory } from '../core/sessions/turn-history.js';
import { TurnStore } from '../core/sessions/turn-store.js';
import { buildLearning } from './coordinator/build-learning.js';
import type { Learning } from './coordinator/learning.js';
import { DeadWorkers } from './dead-workers.js';
import type { JobHistory } from './history/job-history.js';
import { PoolPublisher } from './pool/pool-publisher.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { Launcher } from './process/types.js';
import { ratesToSet, wantedRates } from './queues/config-rates.js';
import { JobControl } from './queues/control/job-control.js';
import { QueueRegistry } from './queues/queue-registry.js';
import type { QueueRate } from './queues/rates.js';
import { isOfNode, type JobFacts } from './queues/recovery.js';
import type { RedisHost } from './redis/redis-host.js';
import { ArchiveFiles } from './sessions/archive-file.js';
import { Deliveries } from './sessions/deliveries.js';
import type { PeopleSigns } from './sessions/people-signs.js';
import { Sessions } from './sessions/sessions.js';
import { TurnArchive } from './sessions/turn-archive.js';
import { TurnFeed } from './sessions/turn-feed.js';
import { Turns } from './sessions/turns.js';

export interface DeskOptions {
  readonly config: Config;
  readonly node: string;
  /** The room of a voice agent. */
  roomOf(agentId: string): string;
  readonly keys: Keys;
  /** What is known of a handler of jobs. */
  handler(name: string): HandlerSpec | undefined;
  readonly dataDir: string;
  readonly redis: RedisHost;
  readonly pool: WarmPool;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly history: JobHistory;
  readonly people: PeopleSigns;
  /** How many turns may run side by side, and how many jobs wait: for the estimate a caller gets. */
  load(): { readonly waiting: number; readonly concurrency: number };
  tellWorkers(message: { readonly type: 'cancel'; readonly turnId: string }): void;
  /** Tells the workers of this node at once; others hear of it from Redis within a second. */
  cancelJob(queue: QueueName, id: string): void;
  /** Jobs of a dead worker went back in line, or were set aside as poison. */
  onRequeued(queue: QueueName, requeued: number, setAside: number): void;
}

/**
 * Everything that lives on Redis: queues, sessions, turns, arms. Built once Redis serves for the
 * first time; after an outage its connections find back by themselves.
 */
export class Desk {
  readonly registry: QueueRegistry;
  readonly feed: TurnFeed;
  readonly sessions: Sessions;
  readonly turns: Turns;
  readonly deliveries: Deliveries;
  readonly archive: TurnArchive;
  readonly learning: Learning;
  readonly jobs: JobControl;
  readonly connection: Redis;
  readonly #options: DeskOptions;
  readonly #turnStore: TurnStore;
  readonly #arms: ArmStore;
  readonly #publisher: PoolPublisher;
  readonly #deadWorkers: DeadWorkers;
  #rates: Readonly<Record<string, QueueRate>> | undefined;

  constructor(options: DeskOptions) {
    const { clock, random, log, config, node, keys, pool, launcher } = options;
    this.#options = options;
    this.connection = connect(options.redis.address(), 'calls', 'roost', log);
    this.registry = new QueueRegistry({
      address: () => options.redis.address(),
      queues: () => queuesOf(config),
      handler: options.handler,
      keys,
      node,
      clock,
      log: log.child('queues'),
    });
    this.feed = new TurnFeed({ clock, onError: (error) => log.error('a listener of turns failed', { error }) });
    this.#turnStore = new TurnStore(this.connection, keys);
    this.#arms = new ArmStore({ redis: this.connection, keys, clock, random });
    this.learning = buildLearning({
      arms: this.#arms,
      redis: this.connection,
      keys,
      dataDir: options.dataDir,
      clock,
      logger: log.child('coordinator'),
      config: () => config.coordinator,
    });
    this.#deadWorkers = new DeadWorkers({
      connection: this.connection,
      registry: this.registry,
      turns: this.#turnStore,
      feed: this.feed,
      history: options.history,
      node,
      clock,
      log,
      onRequeued: (queue, requeued, setAside) => options.onRequeued(queue, requeued, setAside),
    });
    const sessionStore = new SessionStore(this.connection, keys);
    const logFor = (agent: string) => launcher.logFor(agent);
    const shared = config.redis.mode === 'external' ? { node } : {};
    this.#publisher = new PoolPublisher({ pool, logFor, redis: this.connection, keys, clock, log: log.child('pool'), ...shared });
    this.sessions = new Sessions({
      pool,
      store: sessionStore,
      turns: this.#turnStore,
      feed: this.feed,
      logFor,
      clock,
      log: log.child('sessions'),
      config,
      node,
      people: options.people,
      quota: (userId, tier) => this.turns.quota(userId, tier),
      roomOf: (agentId) => options.roomOf(agentId),
      workspaces: join(options.dataDir, 'workspaces'),
      earlier: (sessionId, shown) => this.archive.earlier(sessionId, shown),
    });
    this.archive = new TurnArchive({
      history: new TurnHistory(this.connection, keys),
      files: new ArchiveFiles(options.dataDir),
      feed: this.feed,
      clock,
      log: log.child('archive'),
      config,
    });
    this.deliveries = new Deliveries({
      config,
      agents: this.sessions.agents,
      pool,
      turns: this.#turnStore,
      feed: this.feed,
      clock,
      log: log.child('deliveries'),
    });
    this.turns = new Turns({
      config,
      quotas: new QuotaStore(this.connection, keys),
      sessions: this.sessions,
      sessionStore,
      store: this.#turnStore,
      queue: this.registry,
      ratings: this.#arms,
      people: options.people,
      archive: this.archive,
      deliveries: this.deliveries,
      feed: this.feed,
      clock,
      log: log.child('turns'),
      node,
      load: () => options.load(),
      tellWorkers: (message) => options.tellWorkers(message),
    });
    this.jobs = new JobControl({
      queue: (name) => this.registry.queue(name),
      redis: () => this.registry.redis,
      clock,
      log: log.child('jobs'),
      addJob: async (queue, name, data, wish) => (await this.registry.addJob(queue, name, data, wish)).id,
      cancelTurn: (turnId) => this.turns.cancel(turnId),
      cancels: {
        ask: async (queue, id) => {
          await call(clock, askToCancel(this.connection, keys, queue, id));
          options.cancelJob(queue, id);
        },
        withdraw: (queue, id) => call(clock, withdrawCancel(this.connection, keys, queue, id)),
        all: () => call(clock, pendingCancels(this.connection, keys)),
      },
      onCancelled: (job) => this.#deadWorkers.toHistory({ ...job, outcome: 'cancelled', code: 'cancelled', message: 'A person cancelled it before it ran.' }),
    });
  }

  /** Opens connections, puts jobs that dead workers held back in line, restores the sessions. */
  async open(): Promise<void> {
    await whenReady(this.#options.clock, this.connection, 10_000);
    await this.registry.open();
    await this.applyRates().catch((error: unknown) => this.#options.log.warn('the rates of the queues could not be set', { error }));
    const { node } = this.#options;
    // The data directory is ours alone, so whoever of this node held a job is dead.
    await this.requeue((job, queue) => isOfNode(job, queue, node), false);
    await this.learning.start();
    await this.sessions.start();
    this.turns.start();
    this.archive.start();
    this.#publisher.start();
    await this.jobs.recall();
  }

  /** The queues get the rates of the config. With a Redis of our own what it does not name has none; others may know better on a shared one. */
  async applyRates(): Promise<void> {
    const { config } = this.#options;
    this.#rates ??= config.redis.mode === 'managed' ? await this.registry.rates() : {};
    for (const [queue, rate] of ratesToSet(this.#rates, config.queues)) await this.registry.setRate(queue, rate);
    this.#rates = wantedRates(config.queues);
  }

  requeue(belongs: (job: JobFacts, queue: QueueName) => boolean, countsAsDeath: boolean): Promise<void> {
    return this.#deadWorkers.requeue(belongs, countsAsDeath);
  }

  depths(workersOf: (queue: QueueName) => number): Promise<Record<string, QueueView>> {
    return this.registry.depths(workersOf);
  }

  coordinator(): Promise<CoordinatorView> {
    return this.learning.view();
  }

  /** A worker changed a turn's record. */
  turnChanged(turn: TurnView): void {
    this.feed.publish(turn);
  }

  async stop(): Promise<void> {
    await this.learning.stop();
    await this.turns.stop();
    await this.archive.stop();
    await this.deliveries.stop();
    await this.sessions.stop();
    await this.#publisher.stop();
  }

  async close(): Promise<void> {
    await this.registry.close();
    this.connection.disconnect();
  }
}
