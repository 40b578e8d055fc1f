import { join } from 'node:path';
import { type Keys, keysFor } from '../core/redis/keys.js';
import { ActivityLog } from './activity-log.js';
import { askByName } from './ask-door.js';
import { buildDesk } from './build-desk.js';
import { buildHold } from './build-hold.js';
import { buildMethods } from './build-methods.js';
import { aboutOf, type BuildOptions } from './build-options.js';
import { buildBackups } from './build-redis.js';
import { buildReport } from './build-report.js';
import { ScheduleRoom } from './build-schedules.js';
import { buildTrust, type Trust } from './build-trust.js';
import { buildWatches } from './build-watches.js';
import type { ConfigSource } from './config/config-source.js';
import { ConfigFollower } from './config-follower.js';
import type { Handlers } from './core.js';
import type { DataDir } from './data-dir.js';
import type { DeskSlot } from './desk-slot.js';
import type { HandlerRooms } from './handler-pool/build-handlers.js';
import { ownHandlerNews } from './handler-pool/own-handler-news.js';
import { JobHistory } from './history/job-history.js';
import type { Hold } from './hold/hold.js';
import type { Incidents } from './incidents/incidents.js';
import { noLogin } from './login-door.js';
import { Metrics } from './metrics/metrics.js';
import { buildParts, type Parts } from './parts.js';
import type { Phase } from './phase.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { ProcessLauncher } from './process/launcher.js';
import { LogRetention } from './process/log-retention.js';
import type { RedisHost } from './redis/redis-host.js';
import { RedisCare } from './redis-care.js';
import type { Reporter } from './reporter.js';
import type { Services } from './services/services.js';
import { SleepGate } from './sleep-gate.js';
import { initialState } from './state/initial-state.js';
import { StateStore } from './state/state-store.js';
import { LiveKit, liveKitOf } from './voice/livekit.js';
import type { Watches } from './watch/watches.js';
import { type Balancer, buildBalancer } from './workers/balancer.js';
import { UnconsumedNotice } from './workers/unconsumed.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

/** Every room, built and wired; none of them runs yet. */
export class Rooms {
  readonly phase: Phase;
  readonly keys: Keys;
  readonly handlers: Handlers;
  readonly state: StateStore;
  readonly launcher: ProcessLauncher;
  readonly redis: RedisHost;
  readonly pool: WarmPool;
  readonly workers: WorkerFleet;
  readonly services: Services;
  readonly work: HandlerRooms;
  readonly figures: Parts['book'];
  readonly files: Parts['files'];
  readonly follower: ConfigFollower;
  readonly metrics = new Metrics();
  readonly activity: ActivityLog;
  readonly trust: Trust;
  readonly reporter: Reporter;
  readonly hold: Hold;
  readonly sleepGate: SleepGate;
  readonly incidents: Incidents;
  readonly history: JobHistory;
  readonly care: RedisCare;
  readonly desk: DeskSlot;
  readonly unconsumed: UnconsumedNotice;
  readonly schedules: ScheduleRoom;
  readonly balancer: Balancer;
  readonly watches: Watches;
  readonly logRetention: LogRetention;

  constructor(options: BuildOptions, dataDir: DataDir, source: ConfigSource, phase: Phase) {
    const { clock, random, log } = options;
    const config = source.live;
    this.keys = keysFor(config.redis.prefix);
    this.phase = phase;
    this.activity = new ActivityLog({ clock });
    this.history = new JobHistory({
      dataDir: dataDir.path,
      node: dataDir.node,
      stream: this.keys.jobsEnded,
      clock,
      log: log.child('history'),
      redis: () => (this.redis.view().state === 'running' ? this.desk.current?.connection : undefined),
    });
    this.trust = buildTrust({ config, dataDir: dataDir.path, clock, log, activity: this.activity, state: () => this.state, secrets: options.secrets });
    this.metrics.follow(this.trust);
    const liveKit = new LiveKit({ settings: liveKitOf(options.env), clock, node: dataDir.node });
    this.desk = buildDesk({
      config,
      dataDir,
      keys: this.keys,
      clock,
      random,
      log,
      people: this.metrics.people,
      liveKit,
      stopping: () => phase.stopping,
      rooms: () => this,
    });
    const parts = buildParts(options, dataDir, source, this.keys, this.trust, liveKit, () => this.desk.current, {
      ask: (method, params) => askByName(this.handlers, method, params),
      onRead: (files) => {
        for (const line of ownHandlerNews(files)) this.activity.add(line.severity, 'own-handlers', 'roost', line.message);
        this.schedules.apply();
      },
    });
    ({ launcher: this.launcher, redis: this.redis, pool: this.pool, workers: this.workers } = parts);
    ({ services: this.services, work: this.work, book: this.figures, files: this.files } = parts);
    this.state = new StateStore({
      clock,
      initial: initialState(aboutOf(config, options, dataDir), { template: config.pool.template, target: config.pool.size, capacity: config.pool.capacity }),
    });
    this.balancer = buildBalancer({ config, fleet: this.workers, state: () => this.state.state, clock, log });
    this.unconsumed = new UnconsumedNotice({ config, specs: () => this.work.catalogue.specs, activity: this.activity });
    this.logRetention = new LogRetention({
      dir: join(dataDir.path, 'logs'),
      clock,
      log,
      rules: () => ({ retentionMs: config.logs.retention, maxTotalBytes: config.logs.maxTotal }),
    });
    this.hold = buildHold({
      dataDir,
      launcher: this.launcher,
      keys: this.keys,
      clock,
      log: log.child('hold'),
      pool: this.pool,
      workers: this.workers,
      desk: () => this.desk.current,
      refusal: () => this.sleepGate.refusal,
    });
    this.sleepGate = new SleepGate({
      clock,
      grant: () => {
        this.services.grantFreshLimit();
        this.workers.grantFreshLimit();
      },
      rest: (on) => this.workers.rest(on),
    });
    this.schedules = new ScheduleRoom({
      source,
      env: options.env,
      node: dataDir.node,
      keys: this.keys,
      clock,
      log,
      activity: this.activity,
      metrics: this.metrics.schedules,
      hold: () => this.hold,
      safeMode: () => phase.safeMode !== null,
      handlers: () => this.work.catalogue,
      stopJob: (queue, jobId) => this.workers.cancelJob(queue, jobId),
      changed: (views) => this.state.set('schedules', views),
    });
    this.watches = buildWatches({
      source,
      dataDir,
      keys: this.keys,
      clock,
      log,
      activity: this.activity,
      handler: (name) => this.work.catalogue.get(name),
      desk: () => (phase.stopping || this.care.restoring ? undefined : this.desk.current),
      held: () => this.hold.view !== null || phase.safeMode !== null,
      changed: (views) => this.state.set('watches', [...views]),
    });
    const report = buildReport(options, dataDir, source, this);
    ({ incidents: this.incidents, reporter: this.reporter } = report);
    this.follower = new ConfigFollower({
      source,
      pool: this.pool,
      workers: this.workers,
      services: this.services,
      activity: this.activity,
      platform: process.platform,
      changed: () => {
        this.state.set('about', { ...this.state.state.about, templates: Object.keys(config.templates) });
        this.schedules.apply();
        this.trust.providers.refresh();
        this.desk.current?.applyRates().catch((error: unknown) => log.warn('the rates of the queues could not be set', { error }));
        this.unconsumed.look();
        this.reporter.refresh();
      },
    });
    this.care = new RedisCare({
      redis: this.redis,
      backups: buildBackups(options, config.redis, this.launcher, this.redis, dataDir.path),
      node: dataDir.node,
      workers: this.workers,
      pool: this.pool,
      state: this.state,
      activity: this.activity,
      clock,
      log,
      desk: () => this.desk.current,
      closeDesk: async () => {
        await this.schedules.close();
        return this.desk.close();
      },
      openDesk: () => this.openDesk(),
    });
    this.handlers = buildMethods({
      config,
      dataDir: dataDir.path,
      rooms: this,
      clock,
      liveKit,
      login: options.login ?? noLogin,
      boards: report.boards,
      touched: (process, act) => {
        // Whoever sets the size of the pool has seen the warning and decided.
        if (process === 'pool') this.leaveSafeMode();
        this.activity.add('info', 'by-hand', process, `A person asked: ${process} ${act}.`);
        this.reporter.refresh();
      },
    });
  }

  /** Once Redis serves, and again after its data were replaced. */
  async openDesk(): Promise<void> {
    await this.desk.open();
    await this.hold.rejoin();
    await this.incidents.recall();
    if (this.desk.current !== undefined) await this.schedules.open(this.desk.current);
  }

  leaveSafeMode(): void {
    if (this.phase.safeMode === null) return;
    this.phase.safeMode = null;
    this.services.start();
  }
}
