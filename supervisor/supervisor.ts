import { join } from 'node:path';
import type { Config } from '../contract/config.js';
import { RoostError } from '../contract/errors.js';
import type { Activity, Health, TurnView } from '../contract/state.js';
import { pollUntil } from '../core/base/poll.js';
import { type Keys, keysFor } from '../core/redis/keys.js';
import { ActivityLog } from './activity-log.js';
import { buildHold } from './build-hold.js';
import { aboutOf, type BuildOptions } from './build-options.js';
import { buildBackups, whenServing } from './build-redis.js';
import { ConfigSource } from './config/config-source.js';
import { ConfigFollower } from './config-follower.js';
import type { Handlers, RoostCore } from './core.js';
import { type DataDir, prepareDataDir } from './data-dir.js';
import { DeskSlot } from './desk-slot.js';
import { createHandlers } from './handlers.js';
import { safeModeText } from './health/assess.js';
import type { Hold } from './hold/hold.js';
import { IncidentFile } from './incidents/incident-file.js';
import { IncidentList } from './incidents/incident-list.js';
import { Incidents } from './incidents/incidents.js';
import { Metrics } from './metrics/metrics.js';
import { buildParts } from './parts.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { ProcessLauncher } from './process/launcher.js';
import { reapLeftovers } from './process/reap.js';
import { controlOf, redisControl } from './process-control.js';
import type { RedisHost } from './redis/redis-host.js';
import { RedisCare } from './redis-care.js';
import { Reporter } from './reporter.js';
import type { Services } from './services/services.js';
import { type SafeMode, StartRecord } from './start-record.js';
import { initialState } from './state/initial-state.js';
import { StateStore } from './state/state-store.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

/** Prepares the data directory, reads the config and builds the core; nothing runs before `start`. */
export async function createSupervisor(options: BuildOptions): Promise<RoostCore> {
  const dataDir = await prepareDataDir(options.dataDir);
  const { env, clock, log } = options;
  const configFile = options.configFile ?? (env['ROOST_CONFIG']?.trim() ? env['ROOST_CONFIG'] : undefined);
  const source = await ConfigSource.open({ dataDir: dataDir.path, configFile, env, clock, log: log.child('config') });
  const starts = new StartRecord({ dataDir: dataDir.path, clock, log });
  return new Supervisor(options, dataDir, source, starts, await starts.begin());
}

/** The reasons doors give when an error nobody caught ends Roost: a crash, however orderly it stops. */
const faults: ReadonlySet<string> = new Set(['fault', 'crash']);
/** Longest wait for the workers and for their proof. */
const provedWithinMs = 60_000;
/** Longest wait for the first warm agents before the start counts as done without them. */
const warmWithinMs = 15_000;

/** On top of the drain, for services to end within their graces. */
const stopBudgetMs = 2_000;

/** The composition root: builds, starts in dependency order, stops in reverse within a budget. */
class Supervisor implements RoostCore {
  readonly handlers: Handlers;
  readonly state: StateStore;
  readonly #options: BuildOptions;
  readonly #dataDir: DataDir;
  readonly #source: ConfigSource;
  readonly #keys: Keys;
  readonly #launcher: ProcessLauncher;
  readonly #redis: RedisHost;
  readonly #pool: WarmPool;
  readonly #workers: WorkerFleet;
  readonly #services: Services;
  readonly #follower: ConfigFollower;
  readonly #metrics = new Metrics();
  readonly #activity: ActivityLog;
  readonly #reporter: Reporter;
  readonly #hold: Hold;
  readonly #incidents: Incidents;
  readonly #care: RedisCare;
  readonly #stopAsked = new AbortController();
  readonly #hurry = new AbortController();
  readonly #startRecord: StartRecord;
  readonly #desk: DeskSlot;
  #safeMode: SafeMode | null;
  #starting = true;
  #stopping: Promise<void> | undefined;

  constructor(options: BuildOptions, dataDir: DataDir, source: ConfigSource, startRecord: StartRecord, safeMode: SafeMode | null) {
    const { clock, random, log, version } = options;
    const config = source.live;
    this.#options = options;
    this.#startRecord = startRecord;
    this.#safeMode = safeMode;
    this.#dataDir = dataDir;
    this.#source = source;
    this.#keys = keysFor(config.redis.prefix);
    this.#activity = new ActivityLog({ clock });
    this.#desk = new DeskSlot({
      clock,
      log,
      desk: () => ({
        config,
        node: dataDir.node,
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
      }),
      onTurnEnded: (turn) => this.#reporter.turnEnded(turn),
      refusal: () => {
        if (this.#stopping !== undefined) return new RoostError('shutting-down', 'Roost is stopping and takes no new work.');
        if (!this.#care.restoring) return undefined;
        return new RoostError('redis-unavailable', 'A backup of Redis is being restored; try again in a moment.', { retryAfterMs: 2_000 });
      },
    });
    const parts = buildParts(options, dataDir, source, this.#keys, () => this.#desk.current);
    this.#launcher = parts.launcher;
    this.#redis = parts.redis;
    this.#pool = parts.pool;
    this.#workers = parts.workers;
    this.#services = parts.services;
    this.state = new StateStore({
      clock,
      initial: initialState(aboutOf(config, options, dataDir), { template: config.pool.template, target: config.pool.size, capacity: config.pool.capacity }),
    });
    this.#hold = buildHold({
      dataDir,
      keys: this.#keys,
      clock,
      log: log.child('hold'),
      pool: this.#pool,
      workers: this.#workers,
      desk: () => this.#desk.current,
    });
    this.#incidents = new Incidents({
      clock,
      log: log.child('incidents'),
      file: new IncidentFile({ path: join(dataDir.path, 'incidents.jsonl') }),
      list: new IncidentList({ clock, key: this.#keys.incidents }),
      redis: () => (this.#redis.view().state === 'running' ? this.#desk.current?.connection : undefined),
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
      services: this.#services,
      configProblem: () => source.problem,
      incidents: this.#incidents,
      hold: () => this.#hold.view,
      desk: () => this.#desk.current,
      starting: () => this.#starting,
      safeMode: () => this.#safeMode,
      stopping: () => this.#stopping !== undefined,
    });
    this.#follower = new ConfigFollower({
      source,
      pool: this.#pool,
      workers: this.#workers,
      services: this.#services,
      activity: this.#activity,
      platform: process.platform,
      changed: () => {
        this.state.set('about', { ...this.state.state.about, templates: Object.keys(config.templates) });
        this.#reporter.refresh();
      },
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
      desk: () => this.#desk.current,
      closeDesk: () => this.#desk.close(),
      openDesk: () => this.#openDesk(),
    });
    this.handlers = createHandlers({
      launcher: this.#launcher,
      pool: this.#pool,
      controls: () => [
        redisControl(this.#redis),
        ...this.#workers.hosts.map((host) => controlOf(host.process, () => host.view())),
        ...this.#services.controls(),
      ],
      health: () => this.health(),
      processes: () => this.#reporter.processes(),
      poolView: () => this.#reporter.poolView(),
      hold: this.#hold,
      incidents: this.#incidents,
      backups: this.#care.backups,
      clock,
      restore: (file) => this.#care.restore(file),
      desk: () => this.#desk.require(),
      touched: (process, act) => {
        // Whoever sets the size of the pool has seen the warning and decided.
        if (process === 'pool') this.#leaveSafeMode();
        this.#activity.add('info', 'by-hand', process, `A person asked: ${process} ${act}.`);
        this.#reporter.refresh();
      },
    });
  }

  get settings(): Config {
    return this.#source.live;
  }

  onActivity(listener: (activity: Activity) => void): () => void {
    return this.#activity.onAdded(listener);
  }

  onTurn(turnId: string, listener: (turn: TurnView) => void): () => void {
    return this.#desk.require().turns.watch(turnId, listener);
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
    if (this.#safeMode !== null) {
      this.#activity.add('critical', 'safe-mode', 'roost', safeModeText(this.#safeMode));
      // What made Roost itself die may be what it runs: without agents and services a person can look.
      this.#pool.resize(0);
    }
    await reapLeftovers({ dataDir: this.#dataDir.path, runId: this.#dataDir.runId, clock, log });
    if (this.#stopping !== undefined) throw stopped();
    await this.#incidents.load();
    // Before the pool: a stop that outlives a restart must not warm a single agent.
    await this.#hold.recall();
    this.#reporter.start();
    this.#follower.start();
    await this.#care.start();
    this.#redis.start();
    // Each waits for what it depends on; those that depend on nothing start beside Redis.
    if (this.#safeMode === null) this.#services.start();
    // Agents need no Redis: they warm up while it loads.
    await this.#pool.start();
    await whenServing(this.#redis, this.#stopAsked.signal, (why) => new RoostError('redis-failed', why), stopped);
    await this.#openDesk();
    this.#workers.start();
    await this.#until('every worker to run', () => this.#workers.allRunning);
    this.#workers.prove();
    await this.#until('every queue to be proved by a canary job', () => this.#workers.allProved || this.#hold.view !== null);
    await this.#poll(() => this.#warm(), warmWithinMs);
    this.#starting = false;
    // For as long as it takes: the screen is open meanwhile and says what is missing.
    await this.#poll(() => this.#safeMode !== null || this.#services.requiredRunning, Number.POSITIVE_INFINITY, 100);
    // Whoever waited for the ready line must not be told of a moment when nothing was measured yet.
    await this.#reporter.observe();
    log.info('ready', { node: this.#dataDir.node, redis: this.#redis.version });
  }

  #leaveSafeMode(): void {
    if (this.#safeMode === null) return;
    this.#safeMode = null;
    this.#services.start();
  }

  suspended(): void {
    this.#workers.grantFreshLimit();
  }

  resumed(): void {
    this.#workers.grantFreshLimit();
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
    // Begun first: a wanted stop stays one even if it takes too long for whoever waits.
    const recorded = faults.has(reason) ? undefined : this.#startRecord.endedWell();
    this.#stopAsked.abort();
    this.#reporter.refresh();
    await this.#follower.stop();
    await this.#hold.stop();
    await this.#care.stop();
    const end = this.#options.clock.monoMs() + drainMs + stopBudgetMs;
    await this.#workers.drain(drainMs, this.#hurry.signal);
    await this.#workers.stop('Roost is stopping');
    await this.#desk.stop();
    // After the last turn: an agent may have needed a service to answer it.
    await Promise.all([this.#pool.stop(), this.#services.stop('Roost is stopping', Math.max(0, end - this.#options.clock.monoMs()), this.#hurry.signal)]);
    await this.#reporter.stop();
    await this.#desk.close();
    await this.#redis.stop('Roost is stopping');
    await this.#launcher.close();
    await recorded;
    await this.#incidents.saved();
    this.state.close();
    log.info('stopped', { reason });
  }

  async #openDesk(): Promise<void> {
    await this.#desk.open();
    await this.#hold.rejoin();
    await this.#incidents.recall();
  }

  #warm(): boolean {
    const pool = this.#reporter.poolView();
    return pool.ready >= pool.target || pool.trouble !== null || this.#hold.view !== null;
  }

  /** False at the deadline; throws when a stop was asked for. */
  async #poll(probe: () => boolean, deadlineMs: number, everyMs = 5): Promise<boolean> {
    const outcome = await pollUntil(this.#options.clock, probe, { deadlineMs, everyMs, signal: this.#stopAsked.signal });
    if (outcome === 'aborted') throw stopped();
    return outcome === 'done';
  }

  async #until(what: string, probe: () => boolean): Promise<void> {
    if (await this.#poll(probe, provedWithinMs)) return;
    throw new RoostError('timeout', `The start waited ${provedWithinMs / 1_000} s in vain for ${what}; the process logs say more.`);
  }
}

const stopped = (): RoostError => new RoostError('shutting-down', 'Roost was stopped while it started.');
