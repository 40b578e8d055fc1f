import { join } from 'node:path';
import type { Config } from '../contract/config.js';
import { RoostError } from '../contract/errors.js';
import type { Activity, Health, TurnView } from '../contract/state.js';
import { sleep } from '../core/base/clock.js';
import { Scope } from '../core/base/scope.js';
import { type Keys, keysFor } from '../core/redis/keys.js';
import { ActivityLog } from './activity-log.js';
import { buildHold } from './build-hold.js';
import { aboutOf, agentSetupOf, type BuildOptions } from './build-options.js';
import { buildBackups, buildRedis, whenServing } from './build-redis.js';
import { loadConfig } from './config/load-config.js';
import type { Handlers, RoostCore } from './core.js';
import { type DataDir, prepareDataDir } from './data-dir.js';
import { Desk } from './desk.js';
import { createHandlers } from './handlers.js';
import type { Hold } from './hold/hold.js';
import { IncidentFile } from './incidents/incident-file.js';
import { IncidentList } from './incidents/incident-list.js';
import { Incidents } from './incidents/incidents.js';
import { Metrics } from './metrics/metrics.js';
import { WarmPool } from './pool/warm-pool.js';
import { ProcessLauncher } from './process/launcher.js';
import { createNodeSpawner } from './process/node-spawner.js';
import { reapLeftovers } from './process/reap.js';
import { controlOf, redisControl } from './process-control.js';
import type { RedisHost } from './redis/redis-host.js';
import { RedisCare } from './redis-care.js';
import { Reporter } from './reporter.js';
import { initialState } from './state/initial-state.js';
import { StateStore } from './state/state-store.js';
import { WorkerFleet } from './workers/worker-fleet.js';

/** Prepares the data directory, reads the config and builds the core; nothing runs before `start`. */
export async function createSupervisor(options: BuildOptions): Promise<RoostCore> {
  const dataDir = await prepareDataDir(options.dataDir);
  const usual = join(dataDir.path, 'roost.yaml');
  const file = options.configFile ?? options.env['ROOST_CONFIG'] ?? usual;
  const config = await loadConfig({ file, required: file !== usual, env: options.env });
  return new Supervisor(options, dataDir, config);
}

/** Longest wait for the workers and for their proof. */
const provedWithinMs = 60_000;
/** Longest wait for the first warm agents before the start counts as done without them. */
const warmWithinMs = 15_000;

/** The composition root: builds, starts in dependency order, stops in reverse within a budget. */
class Supervisor implements RoostCore {
  readonly handlers: Handlers;
  readonly state: StateStore;
  readonly #options: BuildOptions;
  readonly #dataDir: DataDir;
  readonly #config: Config;
  readonly #keys: Keys;
  readonly #scope: Scope;
  readonly #launcher: ProcessLauncher;
  readonly #redis: RedisHost;
  readonly #pool: WarmPool;
  readonly #workers: WorkerFleet;
  readonly #metrics = new Metrics();
  readonly #activity: ActivityLog;
  readonly #reporter: Reporter;
  readonly #hold: Hold;
  readonly #incidents: Incidents;
  readonly #care: RedisCare;
  readonly #stopAsked = new AbortController();
  readonly #hurry = new AbortController();
  #desk: Desk | undefined;
  #starting = true;
  #stopping: Promise<void> | undefined;

  constructor(options: BuildOptions, dataDir: DataDir, config: Config) {
    const { clock, random, log, version } = options;
    this.#options = options;
    this.#dataDir = dataDir;
    this.#config = config;
    this.#keys = keysFor(config.redis.prefix);
    this.#scope = new Scope(clock, (step, error) => log.error('a step of the supervisor failed', { step, error }));
    this.#activity = new ActivityLog({ clock });
    const spawner = options.spawner ?? createNodeSpawner({ entryDir: options.entryDir, log: log.child('process') });
    this.#launcher = new ProcessLauncher({ spawner, dataDir: dataDir.path, runId: dataDir.runId, clock, log: log.child('process') });
    this.#redis = buildRedis(options, config.redis, this.#launcher, this.#keys, dataDir.path);
    this.#pool = new WarmPool({
      launcher: this.#launcher,
      clock,
      random,
      log: log.child('pool'),
      config,
      agentSetup: agentSetupOf(config, options, dataDir),
      dataDir: dataDir.path,
    });
    this.#workers = new WorkerFleet({
      config,
      node: dataDir.node,
      keys: this.#keys,
      launcher: this.#launcher,
      redis: this.#redis,
      clock,
      random,
      log,
      desk: () => this.#desk,
    });
    this.state = new StateStore({
      clock,
      initial: initialState(aboutOf(config, options, dataDir), { template: config.pool.template, target: config.pool.size, capacity: config.pool.capacity }),
    });
    this.#hold = buildHold({ dataDir, keys: this.#keys, clock, log: log.child('hold'), pool: this.#pool, workers: this.#workers, desk: () => this.#desk });
    this.#incidents = new Incidents({
      clock,
      log: log.child('incidents'),
      file: new IncidentFile({ path: join(dataDir.path, 'incidents.jsonl') }),
      list: new IncidentList({ clock, key: this.#keys.incidents }),
      redis: () => (this.#redis.view().state === 'running' ? this.#desk?.connection : undefined),
      logFor: (process) => this.#launcher.logFor(process),
      jobsInHand: (process) => this.#workers.jobsInHand(process === 'redis' ? undefined : process),
    });
    this.#reporter = new Reporter({
      clock,
      log,
      version,
      state: this.state,
      activity: this.#activity,
      metrics: this.#metrics,
      pool: this.#pool,
      redis: this.#redis,
      workers: this.#workers,
      incidents: this.#incidents,
      hold: () => this.#hold.view,
      desk: () => this.#desk,
      starting: () => this.#starting,
      stopping: () => this.#stopping !== undefined,
    });
    this.#care = new RedisCare({
      redis: this.#redis,
      backups: buildBackups(options, config.redis, this.#launcher, this.#redis, dataDir.path),
      node: dataDir.node,
      workers: this.#workers,
      pool: this.#pool,
      state: this.state,
      activity: this.#activity,
      clock,
      log,
      desk: () => this.#desk,
      closeDesk: () => this.#closeDesk(),
      openDesk: () => this.#openDesk(),
    });
    this.handlers = createHandlers({
      launcher: this.#launcher,
      pool: this.#pool,
      controls: [redisControl(this.#redis), ...this.#workers.hosts.map((host) => controlOf(host.process))],
      health: () => this.health(),
      processes: () => this.#reporter.processes(),
      poolView: () => this.#reporter.poolView(),
      hold: this.#hold,
      incidents: this.#incidents,
      backups: this.#care.backups,
      clock,
      restore: (file) => this.#care.restore(file),
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
    return this.#metrics.text(this.state.state, this.#reporter.loopLagSeconds(), this.#options.clock.wallMs());
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
    const { clock, log } = this.#options;
    await reapLeftovers({ dataDir: this.#dataDir.path, runId: this.#dataDir.runId, clock, log });
    if (this.#stopping !== undefined) throw stopped();
    await this.#incidents.load();
    // Before the pool: a stop that outlives a restart must not warm a single agent.
    await this.#hold.recall();
    this.#reporter.start();
    await this.#care.start();
    this.#redis.start();
    // Agents need no Redis: they warm up while it loads.
    await this.#pool.start();
    await whenServing(this.#redis, this.#stopAsked.signal, (why) => new RoostError('redis-failed', why), stopped);
    await this.#openDesk();
    this.#workers.start();
    await this.#until('every worker to run', () => this.#workers.allRunning);
    this.#workers.prove();
    await this.#until('every queue to be proved by a canary job', () => this.#workers.allProved || this.#hold.view !== null);
    await this.#poll(() => this.#warm(), warmWithinMs);
    if (this.#stopping !== undefined) throw stopped();
    this.#starting = false;
    // Whoever waited for the ready line must not be told of a moment when nothing was measured yet.
    await this.#reporter.observe();
    log.info('ready', { node: this.#dataDir.node, redis: this.#redis.version });
  }

  stop(reason: string, drainMs: number): Promise<void> {
    if (this.#stopping !== undefined) this.#hurry.abort();
    this.#stopping ??= this.#stopAll(reason, drainMs);
    return this.#stopping;
  }

  /** Intake is closed from the first line on (`#open` refuses); turns in hand are waited for, then handed back. */
  async #stopAll(reason: string, drainMs: number): Promise<void> {
    const { log } = this.#options;
    log.info('stopping', { reason, drainMs });
    this.#stopAsked.abort();
    this.#reporter.refresh();
    await this.#hold.stop();
    await this.#care.stop();
    await this.#workers.drain(drainMs, this.#hurry.signal);
    await this.#workers.stop('Roost is stopping');
    await this.#desk?.stop();
    await this.#pool.stop();
    await this.#reporter.stop();
    await this.#scope.close(4_000);
    await this.#redis.stop('Roost is stopping');
    await this.#launcher.close();
    await this.#incidents.saved();
    this.state.close();
    log.info('stopped', { reason });
  }

  async #openDesk(): Promise<void> {
    const { clock, random, log } = this.#options;
    const desk = new Desk({
      config: this.#config,
      node: this.#dataDir.node,
      keys: this.#keys,
      redis: this.#redis,
      pool: this.#pool,
      launcher: this.#launcher,
      clock,
      random,
      log,
      load: () => ({ waiting: this.state.state.health.queues['turns']?.waiting ?? 0, concurrency: this.#workers.concurrency('turns') }),
      tellWorkers: (message) => this.#workers.tell(message),
      onRequeued: (queue, count, setAside) => this.#incidents.requeued(queue, count, setAside),
    });
    this.#scope.add('desk', () => desk.close());
    await desk.open();
    this.#scope.add(
      'ends of turns',
      desk.feed.onEnd((turn) => this.#reporter.turnEnded(turn)),
    );
    this.#desk = desk;
    await this.#hold.rejoin();
    await this.#incidents.recall();
  }

  async #closeDesk(): Promise<boolean> {
    const desk = this.#desk;
    this.#desk = undefined;
    await desk?.stop();
    await desk?.close();
    return desk !== undefined;
  }

  #open(): Desk {
    if (this.#stopping !== undefined) throw new RoostError('shutting-down', 'Roost is stopping and takes no new work.');
    if (this.#care.restoring) throw new RoostError('redis-unavailable', 'A backup of Redis is being restored; try again in a moment.', { retryAfterMs: 2_000 });
    if (this.#desk === undefined)
      throw new RoostError('redis-unavailable', 'Roost is still starting: Redis does not serve yet; try again in a moment.', { retryAfterMs: 1_000 });
    return this.#desk;
  }

  #warm(): boolean {
    const pool = this.#reporter.poolView();
    return pool.ready >= pool.target || pool.trouble !== null || this.#hold.view !== null;
  }

  async #until(what: string, probe: () => boolean): Promise<void> {
    if (await this.#poll(probe, provedWithinMs)) return;
    if (this.#stopping !== undefined) throw stopped();
    throw new RoostError('timeout', `The start waited ${provedWithinMs / 1_000} s in vain for ${what}; the process logs say more.`);
  }

  /** True once the probe holds; false at the deadline or when a stop was asked for. */
  async #poll(probe: () => boolean, deadlineMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const end = clock.monoMs() + deadlineMs;
    while (!probe()) {
      if (this.#stopping !== undefined || clock.monoMs() > end) return false;
      await sleep(clock, 5);
    }
    return true;
  }
}

const stopped = (): RoostError => new RoostError('shutting-down', 'Roost was stopped while it started.');
