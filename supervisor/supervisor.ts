import { join } from 'node:path';
import { type Config, type QueueName, queueNames } from '../contract/config.js';
import { RoostError } from '../contract/errors.js';
import type { Activity, Health, ProcessView, TurnView } from '../contract/state.js';
import type { Clock, Random } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import { physicalQueue } from '../core/jobs/queues.js';
import { keysFor, type Keys } from '../core/redis/keys.js';
import { ActivityLog } from './activity-log.js';
import { aboutOf, agentSetupOf, type BuildOptions } from './build-options.js';
import { loadConfig } from './config/load-config.js';
import type { Handlers, RoostCore } from './core.js';
import { type DataDir, prepareDataDir } from './data-dir.js';
import { Desk } from './desk.js';
import { createHandlers, type ProcessControl } from './handlers.js';
import { Metrics } from './metrics/metrics.js';
import { WarmPool } from './pool/warm-pool.js';
import { ProcessLauncher } from './process/launcher.js';
import { createNodeSpawner } from './process/node-spawner.js';
import { reapLeftovers } from './process/reap.js';
import { Canary } from './queues/canary.js';
import { ExternalRedis } from './redis/external-redis.js';
import { ManagedRedis } from './redis/managed-redis.js';
import type { RedisHost } from './redis/redis-host.js';
import { Reporter } from './reporter.js';
import { initialState } from './state/initial-state.js';
import { StateStore } from './state/state-store.js';
import { WorkerHost } from './workers/worker-host.js';

export type { BuildOptions } from './build-options.js';

/** Prepares the data directory, reads the config and builds the core; nothing runs before `start`. */
export async function createSupervisor(options: BuildOptions): Promise<RoostCore> {
  const dataDir = await prepareDataDir(options.dataDir);
  const file = options.configFile ?? options.env['ROOST_CONFIG'] ?? join(dataDir.path, 'roost.yaml');
  const config = await loadConfig({ file, required: file !== join(dataDir.path, 'roost.yaml'), env: options.env });
  return new Supervisor(options, dataDir, config);
}

/** Longest wait for the first warm agents before the start counts as done without them. */
const warmWaitMs = 15_000;

/** The composition root: builds, starts in dependency order, stops in reverse within a budget. */
class Supervisor implements RoostCore {
  readonly handlers: Handlers;
  readonly state: StateStore;
  readonly #options: BuildOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #dataDir: DataDir;
  readonly #config: Config;
  readonly #keys: Keys;
  readonly #scope: Scope;
  readonly #launcher: ProcessLauncher;
  readonly #redis: RedisHost;
  readonly #pool: WarmPool;
  readonly #workers: readonly WorkerHost[];
  readonly #canary: Canary;
  readonly #metrics = new Metrics();
  readonly #activity: ActivityLog;
  readonly #reporter: Reporter;
  readonly #hurry = new AbortController();
  #desk: Desk | undefined;
  #starting = true;
  #stopping: Promise<void> | undefined;

  constructor(options: BuildOptions, dataDir: DataDir, config: Config) {
    const { clock, random, log } = options;
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#dataDir = dataDir;
    this.#config = config;
    this.#keys = keysFor(config.redis.prefix);
    this.#scope = new Scope(clock, (step, error) => log.error('a step of the supervisor failed', { step, error }));
    this.#activity = new ActivityLog({ clock });
    const spawner = options.spawner ?? createNodeSpawner({ entryDir: options.entryDir, log: log.child('process') });
    this.#launcher = new ProcessLauncher({ spawner, dataDir: dataDir.path, runId: dataDir.runId, clock, log: log.child('process') });
    this.#redis = this.#buildRedis();
    this.#pool = new WarmPool({ launcher: this.#launcher, clock, random, log: log.child('pool'), config, agentSetup: agentSetupOf(config, options, dataDir), dataDir: dataDir.path });
    this.#workers = Object.entries(config.workers).map(([name, worker]) => this.#buildWorker(`worker-${name}`, worker));
    this.#canary = new Canary({
      registry: { addCanary: (...args) => this.#open().registry.addCanary(...args), removeCanary: (...args) => this.#open().registry.removeCanary(...args), isPaused: (name) => this.#open().registry.isPaused(name) },
      redis: () => this.#open().connection,
      keys: this.#keys,
      node: dataDir.node,
      clock,
      log: log.child('canary'),
      busySlots: (queue) => this.#busySlots(queue),
      onMissed: (queue) => this.#workersOf(queue).forEach((host) => host.process.condemn('stalled', `it lives but fetches no jobs of ${queue}: three canary jobs went unanswered`)),
    });
    this.state = new StateStore({ clock, initial: initialState(aboutOf(config, options, dataDir), { template: config.pool.template, target: config.pool.size, capacity: config.pool.capacity }) });
    this.#reporter = new Reporter({
      clock,
      log,
      state: this.state,
      activity: this.#activity,
      metrics: this.#metrics,
      pool: this.#pool,
      redis: this.#redis,
      workers: this.#workers,
      provedQueues: () => new Set(queueNames.filter((queue) => this.#canary.proved(queue))),
      workersOf: (queue) => this.#workersOf(queue).filter((host) => host.process.status.kind === 'running').length,
      desk: () => this.#desk,
      starting: () => this.#starting,
      stopping: () => this.#stopping !== undefined,
      version: options.version,
    });
    this.handlers = createHandlers({
      launcher: this.#launcher,
      pool: this.#pool,
      controls: [this.#redisControl(), ...this.#workers.map((host) => controlOf(host.process))],
      health: () => this.health(),
      processes: () => this.#reporter.processes(),
      poolView: () => this.#reporter.poolView(),
      desk: () => this.#open(),
      touched: (process, act) => {
        this.#activity.add('info', 'by-hand', process, `A person asked: ${process} ${act}.`);
        this.#reporter.refresh();
      },
    });
  }

  onActivity(listener: (activity: Activity) => void): () => void {
    return this.#activity.onAdded(listener);
  }

  onTurn(turnId: string, listener: (turn: TurnView) => void): () => void {
    return this.#open().turns.watch(turnId, listener);
  }

  metricsText(): Promise<string> {
    return this.#metrics.text(this.state.state, this.#reporter.loopLagSeconds());
  }

  health(): Health {
    return this.#reporter.health();
  }

  ready(): boolean {
    return !this.#starting && this.health().status !== 'down';
  }

  apiOpened(url: string | null): void {
    this.#reporter.apiOpened(url);
  }

  async start(): Promise<void> {
    await reapLeftovers({ dataDir: this.#dataDir.path, runId: this.#dataDir.runId, clock: this.#clock, log: this.#log });
    this.#reporter.start();
    this.#redis.start();
    // Agents need no Redis: they warm up while it loads.
    await this.#pool.start();
    await this.#whenRedisServes();
    await this.#openDesk();
    for (const host of this.#workers) {
      this.#scope.add(`proof of ${host.process.name}`, host.process.onChange((status) => status.kind === 'running' || status.kind === 'stopping' ? this.#proveAgain(host) : undefined));
      host.start();
    }
    await this.#untilAll('every worker runs', () => this.#workers.every((host) => host.process.status.kind === 'running'));
    this.#canary.start();
    await this.#untilAll('every queue is proved', () => this.#canary.proved());
    const warm = (): boolean => this.#reporter.poolView().ready >= this.#config.pool.size || this.#reporter.poolView().trouble !== null;
    await this.#poll(warm, warmWaitMs);
    this.#starting = false;
    // Whoever waited for the ready line must not be told of a moment when nothing was measured yet.
    await this.#reporter.observe();
    this.#log.info('ready', { node: this.#dataDir.node, redis: this.#redis.version });
  }

  async #openDesk(): Promise<void> {
    const desk = new Desk({
      config: this.#config,
      node: this.#dataDir.node,
      keys: this.#keys,
      redis: this.#redis,
      pool: this.#pool,
      launcher: this.#launcher,
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      load: () => ({ waiting: this.state.state.health.queues['turns']?.waiting ?? 0, concurrency: this.#workersOf('turns').reduce((sum, host) => sum + host.concurrency, 0) }),
      tellWorkers: (message) => this.#workers.forEach((host) => host.tell(message)),
    });
    this.#scope.add('desk', () => desk.close());
    await desk.open();
    this.#scope.add('turn ends', desk.feed.onEnd((turn) => this.#reporter.turnEnded(turn)));
    this.#desk = desk;
  }

  stop(reason: string, drainMs: number): Promise<void> {
    if (this.#stopping !== undefined) this.#hurry.abort();
    this.#stopping ??= this.#stopAll(reason, drainMs);
    return this.#stopping;
  }

  async #stopAll(reason: string, drainMs: number): Promise<void> {
    this.#log.info('stopping', { reason, drainMs });
    this.#reporter.refresh();
    // Intake is closed from here on: `#open` refuses. Turns in hand are waited for, then handed back.
    await this.#canary.stop();
    const drained = Promise.all(this.#workers.map((host) => host.drain(drainMs)));
    const outcome = await within(this.#clock, drainMs + 3_000, drained, this.#hurry.signal);
    if (outcome.kind !== 'done') await within(this.#clock, 3_000, Promise.all(this.#workers.map((host) => host.drain(500))));
    await Promise.all(this.#workers.map((host) => host.stop('Roost is stopping')));
    await this.#desk?.stop();
    await this.#pool.stop();
    await this.#reporter.stop();
    await this.#scope.close(4_000);
    await this.#redis.stop('Roost is stopping');
    await this.#launcher.close();
    this.state.close();
    this.#log.info('stopped', { reason });
  }

  #open(): Desk {
    if (this.#stopping !== undefined) throw new RoostError('shutting-down', 'Roost is stopping and takes no new work.');
    if (this.#desk === undefined) throw new RoostError('redis-unavailable', 'Roost is still starting: Redis does not serve yet; try again in a moment.', { retryAfterMs: 1_000 });
    return this.#desk;
  }

  #buildRedis(): RedisHost {
    const { clock, log, options, random } = { clock: this.#clock, log: this.#log.child('redis'), options: this.#options, random: this.#random };
    const { redis } = this.#config;
    if (redis.mode === 'external' && redis.url !== undefined) return new ExternalRedis({ url: redis.url, clock, log });
    const separator = process.platform === 'win32' ? ';' : ':';
    const locate = { platform: process.platform, configured: options.env['ROOST_REDIS_SERVER'], resourcesDir: options.resourcesDir, searchPath: (options.env['PATH'] ?? options.env['Path'] ?? '').split(separator) };
    return new ManagedRedis({ launcher: this.#launcher, clock, random, log, dataDir: this.#dataDir.path, keys: this.#keys, locate, config: redis });
  }

  #buildWorker(name: string, worker: Config['workers'][string]): WorkerHost {
    const tag = `${this.#dataDir.node}.${name}`;
    return new WorkerHost({
      name,
      queues: worker.queues,
      concurrency: worker.concurrency,
      launcher: this.#launcher,
      clock: this.#clock,
      random: this.#random,
      log: this.#log.child(name),
      startMessage: (incarnation) => ({
        type: 'start',
        incarnation,
        worker: tag,
        node: this.#dataDir.node,
        prefix: this.#config.redis.prefix,
        redis: this.#redis.address(),
        queues: worker.queues,
        concurrency: worker.concurrency,
        coordinator: this.#config.coordinator,
        turnDeadlineMs: this.#config.turns.deadline,
      }),
      deliver: (request) => {
        if (this.#desk === undefined) return Promise.reject(new Error('no desk'));
        return this.#desk.deliveries.deliver(request);
      },
      onTurn: (turn) => this.#desk?.turnChanged(turn),
      recover: async () => this.#desk?.requeue((job) => job.processedBy === tag, true),
    });
  }

  #workersOf(queue: QueueName): WorkerHost[] {
    return this.#workers.filter((host) => host.queues.includes(queue));
  }

  #busySlots(queue: QueueName): { busy: number; concurrency: number; progress: number } | undefined {
    const hosts = this.#workersOf(queue).filter((host) => host.process.status.kind === 'running');
    if (hosts.length === 0) return undefined;
    const name = physicalQueue(queue, this.#dataDir.node);
    const busy = hosts.flatMap((host) => host.beat?.jobs ?? []).filter((job) => job.queue === queue || job.queue === name).length;
    return { busy, concurrency: hosts.reduce((sum, host) => sum + host.concurrency, 0), progress: hosts.reduce((sum, host) => sum + (host.beat?.progress ?? 0), 0) };
  }

  /** A worker that came or went makes the old proof void. */
  #proveAgain(host: WorkerHost): void {
    if (!this.#starting) for (const queue of host.queues) this.#canary.forget(queue);
  }

  #redisControl(): ProcessControl {
    const redis = this.#redis;
    if (redis instanceof ManagedRedis) return controlOf(redis.process, () => redis.view());
    const fixed = (): boolean => false;
    return { name: 'redis', view: () => redis.view(), start: fixed, stop: fixed, restart: fixed };
  }

  async #whenRedisServes(): Promise<void> {
    if (this.#redis.view().state === 'running') return;
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        const view = this.#redis.view();
        if (view.state === 'running') settle(resolve);
        else if (view.state === 'failed' || view.state === 'quarantined') settle(() => reject(new RoostError('redis-failed', view.lastExit?.message ?? view.detail)));
      };
      const off = this.#redis.onChange(() => check());
      const settle = (act: () => void): void => {
        off();
        this.#scope.signal.removeEventListener('abort', onClose);
        act();
      };
      const onClose = (): void => settle(() => reject(new RoostError('shutting-down', 'Roost was stopped while it started.')));
      this.#scope.signal.addEventListener('abort', onClose, { once: true });
      check();
    });
  }

  async #untilAll(what: string, probe: () => boolean): Promise<void> {
    if (await this.#poll(probe, 60_000)) return;
    if (this.#stopping !== undefined) throw new RoostError('shutting-down', 'Roost was stopped while it started.');
    throw new RoostError('timeout', `The start did not get there within 60 s: ${what}.`);
  }

  /** True once the probe holds; false at the deadline or when stopping. */
  async #poll(probe: () => boolean, deadlineMs: number): Promise<boolean> {
    const end = this.#clock.monoMs() + deadlineMs;
    while (!probe()) {
      if (this.#stopping !== undefined || this.#clock.monoMs() > end) return false;
      await new Promise<void>((resolve) => this.#clock.after(5, resolve));
    }
    return true;
  }
}

/** A person's acts on a supervised process; `stop` answers before the process is down. */
function controlOf(process: { readonly name: string; start(origin: 'person'): boolean; stop(why: string): Promise<void>; restart(by: 'person', cause: 'deliberate', why: string): boolean; view(): ProcessView }, view = (): ProcessView => process.view()): ProcessControl {
  return {
    name: process.name,
    view,
    start: () => process.start('person'),
    stop: () => {
      if (!process.view().can.stop) return false;
      void process.stop('stopped by a person');
      return true;
    },
    restart: () => process.restart('person', 'deliberate', 'restarted by a person'),
  };
}
