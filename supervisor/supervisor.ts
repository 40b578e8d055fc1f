import type { Config } from '../contract/config.js';
import { RoostError } from '../contract/errors.js';
import type { Activity, Health, TurnView } from '../contract/state.js';
import { within } from '../core/base/deadline.js';
import { pollUntil } from '../core/base/poll.js';
import type { BuildOptions } from './build-options.js';
import { whenServing } from './build-redis.js';
import { ConfigSource } from './config/config-source.js';
import type { Handlers, RoostCore } from './core.js';
import { type DataDir, prepareDataDir } from './data-dir.js';
import { safeModeText } from './health/assess.js';
import { ownDeath } from './incidents/own-death.js';
import type { Phase } from './phase.js';
import { reapLeftovers } from './process/reap.js';
import { startFailure } from './redis/redis-facts.js';
import { Rooms } from './rooms.js';
import { StartRecord } from './start-record.js';
import type { StateStore } from './state/state-store.js';

/** Prepares the data directory, reads the config and builds the core; nothing runs before `start`. */
export async function createSupervisor(options: BuildOptions): Promise<RoostCore> {
  const { env, clock, log } = options;
  const dataDir = await prepareDataDir(options.dataDir, options);
  const configFile = options.configFile ?? (env['ROOST_CONFIG']?.trim() ? env['ROOST_CONFIG'] : undefined);
  const source = await ConfigSource.open({ dataDir: dataDir.path, configFile, env, clock, log: log.child('config') });
  const starts = new StartRecord({ dataDir: dataDir.path, clock, log });
  const phase: Phase = { starting: true, stopping: false, safeMode: await starts.begin() };
  return new Supervisor({ options, dataDir, source, starts, phase, rooms: new Rooms(options, dataDir, source, phase) });
}

/** The reasons doors give when an error nobody caught ends Roost: a crash, however orderly it stops. */
const faults: ReadonlySet<string> = new Set(['fault', 'crash']);
/** Longest wait for the workers and for their proof: longer than a worker that was set aside waits for its next try. A start that gave up leaves the window at "Starting", whatever comes up later. */
const provedWithinMs = 10 * 60_000;
/** Longest wait for the first warm agents before the start counts as done without them. */
const warmWithinMs = 15_000;

/** Own handlers that take longer to load are known later. */
const ownHandlersWithinMs = 15_000;

/** On top of the drain, for services to end within their graces. */
const stopBudgetMs = 2_000;

/** The composition root: builds, starts in dependency order, stops in reverse within a budget. */
class Supervisor implements RoostCore {
  readonly handlers: Handlers;
  readonly state: StateStore;
  readonly #options: BuildOptions;
  readonly #dataDir: DataDir;
  readonly #source: ConfigSource;
  readonly #starts: StartRecord;
  readonly #phase: Phase;
  readonly #rooms: Rooms;
  readonly #stopAsked = new AbortController();
  readonly #hurry = new AbortController();
  #stopping: Promise<void> | undefined;

  constructor(parts: {
    readonly options: BuildOptions;
    readonly dataDir: DataDir;
    readonly source: ConfigSource;
    readonly starts: StartRecord;
    readonly phase: Phase;
    readonly rooms: Rooms;
  }) {
    this.#options = parts.options;
    this.#dataDir = parts.dataDir;
    this.#source = parts.source;
    this.#starts = parts.starts;
    this.#phase = parts.phase;
    this.#rooms = parts.rooms;
    this.handlers = parts.rooms.handlers;
    this.state = parts.rooms.state;
  }

  get settings(): Config {
    return this.#source.live;
  }

  onActivity(listener: (activity: Activity) => void): () => void {
    return this.#rooms.activity.onAdded(listener);
  }

  onTurn(turnId: string, listener: (turn: TurnView) => void): () => void {
    return this.#rooms.desk.require().turns.watch(turnId, listener);
  }

  async metricsText(): Promise<string> {
    await this.#rooms.reporter.fresh();
    this.#rooms.metrics.work.fill(this.#rooms.workers.views(), this.#rooms.work.pool.view);
    this.#rooms.metrics.screens(this.#rooms.state.screens);
    return this.#rooms.metrics.text(this.#rooms.state.state, this.#rooms.reporter.loopLagSeconds(), this.#options.clock.wallMs());
  }

  health(): Health {
    return this.#rooms.reporter.health();
  }

  ready(): boolean {
    return !this.#phase.starting && this.health().status !== 'down';
  }

  apiOpened(url: string | null, moved: string | null = null): void {
    this.#rooms.reporter.apiOpened(url, moved);
  }

  portHolder(port: number): Promise<string | null> {
    return this.#rooms.launcher.portHolder(port);
  }

  async start(): Promise<void> {
    const { clock, log } = this.#options;
    if (this.#phase.safeMode !== null) {
      this.#rooms.activity.add('critical', 'safe-mode', 'roost', safeModeText(this.#phase.safeMode));
      // What made Roost itself die may be what it runs: without agents and services a person can look.
      this.#rooms.pool.resize(0);
    }
    this.#rooms.files.start();
    const leftovers = await reapLeftovers({ dataDir: this.#dataDir.path, runId: this.#dataDir.runId, clock, log });
    if (this.#phase.stopping) throw stopped();
    await this.#rooms.incidents.load();
    await this.#rooms.figures.load();
    this.#rooms.figures.start();
    if (this.#starts.lastCrash !== null) this.#rooms.incidents.ownDeath(ownDeath(this.#starts.lastCrash, leftovers));
    this.#starts.start();
    await this.#rooms.trust.providers.start();
    await this.#rooms.history.start();
    // Before the pool: a stop that outlives a restart must not warm a single agent.
    await this.#rooms.hold.recall();
    this.#rooms.reporter.start();
    this.#rooms.follower.start();
    this.#rooms.logRetention.start();
    await this.#rooms.care.start();
    this.#rooms.redis.start();
    // Each waits for what it depends on; those that depend on nothing start beside Redis.
    if (this.#phase.safeMode === null) this.#rooms.services.start();
    // Agents need no Redis: they warm up while it loads.
    await this.#rooms.pool.start();
    await whenServing(this.#rooms.redis, this.#stopAsked.signal, (why) => startFailure(this.#rooms.redis, why), stopped);
    await this.#rooms.openDesk();
    // Known before the first job: one of an own handler may be waiting.
    await within(this.#options.clock, ownHandlersWithinMs, this.#rooms.work.catalogue.start());
    this.#rooms.unconsumed.look();
    this.#rooms.work.pool.start();
    this.#rooms.watches.start();
    this.#rooms.workers.start();
    await this.#until('every worker to run', () => this.#rooms.workers.allRunning);
    this.#rooms.workers.prove();
    this.#rooms.balancer.start();
    await this.#until('every queue to be proved by a canary job', () => this.#rooms.workers.allProved || this.#rooms.hold.view !== null);
    await this.#poll(() => this.#warm(), warmWithinMs);
    this.#phase.starting = false;
    // For as long as it takes: the screen is open meanwhile and says what is missing.
    await this.#poll(() => this.#phase.safeMode !== null || this.#rooms.services.requiredRunning, Number.POSITIVE_INFINITY, 100);
    // Whoever waited for the ready line must not be told of a moment when nothing was measured yet.
    await this.#rooms.reporter.observe();
    log.info('ready', { node: this.#dataDir.node, redis: this.#rooms.redis.version });
  }

  suspended(): void {
    this.#rooms.sleepGate.suspended();
  }

  resumed(): void {
    this.#rooms.sleepGate.resumed();
  }

  stop(reason: string, drainMs: number): Promise<void> {
    if (this.#stopping !== undefined) this.#hurry.abort();
    this.#phase.stopping = true;
    this.#stopping ??= this.#stopAll(reason, drainMs);
    return this.#stopping;
  }

  /** Intake is closed from the first line on (`#open` refuses); turns in hand are waited for, then handed back. */
  async #stopAll(reason: string, drainMs: number): Promise<void> {
    const { log } = this.#options;
    log.info('stopping', { reason, drainMs });
    // Begun first: a wanted stop stays one even if it takes too long for whoever waits.
    const recorded = faults.has(reason) ? undefined : this.#starts.endedWell();
    this.#stopAsked.abort();
    this.#rooms.reporter.refresh();
    await this.#rooms.follower.stop();
    await this.#rooms.schedules.close();
    await this.#rooms.watches.stop();
    await this.#rooms.logRetention.stop();
    this.#rooms.sleepGate.stop();
    await this.#starts.stop();
    await this.#rooms.hold.stop();
    await this.#rooms.care.stop();
    const end = this.#options.clock.monoMs() + drainMs + stopBudgetMs;
    await this.#rooms.balancer.stop();
    await this.#rooms.workers.drain(drainMs, this.#hurry.signal);
    await this.#rooms.workers.stop('Roost is stopping');
    await this.#rooms.work.catalogue.stop();
    await this.#rooms.work.pool.stop();
    await this.#rooms.desk.stop();
    // After the last turn: an agent may have needed a service to answer it.
    await Promise.all([
      this.#rooms.pool.stop(),
      this.#rooms.services.stop('Roost is stopping', Math.max(0, end - this.#options.clock.monoMs()), this.#hurry.signal),
    ]);
    await this.#rooms.history.stop();
    await this.#rooms.reporter.stop();
    await this.#rooms.desk.close();
    await this.#rooms.redis.stop('Roost is stopping');
    await this.#rooms.launcher.close();
    await this.#rooms.figures.stop();
    await this.#rooms.files.stop();
    await recorded;
    await this.#rooms.incidents.saved();
    await this.#rooms.trust.audit.close();
    await this.#rooms.trust.providers.stop();
    this.#rooms.state.close();
    log.info('stopped', { reason });
  }

  #warm(): boolean {
    const pool = this.#rooms.reporter.poolView();
    return pool.ready >= pool.target || pool.trouble !== null || this.#rooms.hold.view !== null;
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
