import { join } from 'node:path';
import { RoostError } from '../contract/errors.js';
import { type Keys, keysFor } from '../core/redis/keys.js';
import { ActivityLog } from './activity-log.js';
import { askByName } from './ask-door.js';
import { buildHold } from './build-hold.js';
import { aboutOf, type BuildOptions } from './build-options.js';
import { buildBackups } from './build-redis.js';
import { ScheduleRoom } from './build-schedules.js';
import { buildTrust, type Trust } from './build-trust.js';
import { buildWatches } from './build-watches.js';
import type { ConfigSource } from './config/config-source.js';
import { ConfigFollower } from './config-follower.js';
import type { Handlers } from './core.js';
import type { DataDir } from './data-dir.js';
import { DeskSlot } from './desk-slot.js';
import type { HandlerRooms } from './handler-pool/build-handlers.js';
import { ownHandlerNews } from './handler-pool/own-handler-news.js';
import { createHandlers } from './handlers.js';
import { JobHistory } from './history/job-history.js';
import type { Hold } from './hold/hold.js';
import { IncidentFile } from './incidents/incident-file.js';
import { IncidentList } from './incidents/incident-list.js';
import { Incidents } from './incidents/incidents.js';
import { Metrics } from './metrics/metrics.js';
import { buildParts, type Parts } from './parts.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { ProcessLauncher } from './process/launcher.js';
import { LogRetention } from './process/log-retention.js';
import { controlOf, redisControl } from './process-control.js';
import { QueueBoards } from './queues/queue-boards.js';
import type { RedisHost } from './redis/redis-host.js';
import { RedisCare } from './redis-care.js';
import { Reporter } from './reporter.js';
import type { Services } from './services/services.js';
import { SleepGate } from './sleep-gate.js';
import type { SafeMode } from './start-record.js';
import { initialState } from './state/initial-state.js';
import { StateStore } from './state/state-store.js';
import { LiveKit, liveKitOf } from './voice/livekit.js';
import type { Watches } from './watch/watches.js';
import { type Balancer, buildBalancer } from './workers/balancer.js';
import { localWorkers } from './workers/local-workers.js';
import { UnconsumedNotice } from './workers/unconsumed.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

/** Where the whole stands; changed by the supervisor alone, read by everyone who reports or refuses. */
export interface Phase {
  starting: boolean;
  stopping: boolean;
  safeMode: SafeMode | null;
}

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
    const { clock, random, log, version } = options;
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
    this.desk = new DeskSlot({
      clock,
      log,
      desk: () => ({
        config,
        node: dataDir.node,
        roomOf: (agentId) => liveKit.roomOfAgent(agentId),
        dataDir: dataDir.path,
        keys: this.keys,
        handler: (name) => this.work.catalogue.get(name),
        redis: this.redis,
        pool: this.pool,
        launcher: this.launcher,
        clock,
        random,
        log,
        history: this.history,
        people: this.metrics.people,
        load: () => ({ waiting: this.state.state.health.queues['turns']?.waiting ?? 0, concurrency: this.workers.concurrency('turns') }),
        tellWorkers: (message) => this.workers.tell(message),
        cancelJob: (queue, id) => this.workers.cancelJob(queue, id),
        onRequeued: (queue, count, setAside) => this.incidents.requeued(queue, count, setAside),
      }),
      onTurnEnded: (turn) => this.reporter.turnEnded(turn),
      refusal: () => {
        if (phase.stopping) return new RoostError('shutting-down', 'Roost is stopping and takes no new work.');
        if (!this.care.restoring) return undefined;
        return new RoostError('redis-unavailable', 'A backup of Redis is being restored; try again in a moment.', { retryAfterMs: 2_000 });
      },
    });
    const liveKit = new LiveKit({ settings: liveKitOf(options.env), clock, node: dataDir.node });
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
    this.incidents = new Incidents({
      clock,
      log: log.child('incidents'),
      file: new IncidentFile({ path: join(dataDir.path, 'incidents.jsonl') }),
      list: new IncidentList({ clock, key: this.keys.incidents }),
      redis: () => (this.redis.view().state === 'running' ? this.desk.current?.connection : undefined),
      logFor: (process) => this.launcher.logFor(process),
      jobsInHand: (process) => this.workers.jobsInHand(process === 'redis' ? undefined : process),
    });
    const boards = new QueueBoards({
      node: dataDir.node,
      keys: this.keys,
      clock,
      tallies: () => this.history.tallies,
      locals: () => localWorkers(this.workers.hosts),
    });
    this.reporter = new Reporter({
      clock,
      log,
      version,
      state: this.state,
      activity: this.activity,
      metrics: this.metrics,
      pool: this.pool,
      redis: this.redis,
      workers: this.workers,
      services: this.services,
      history: this.history,
      boards,
      config: source,
      incidents: this.incidents,
      hold: () => this.hold.view,
      desk: () => this.desk.current,
      starting: () => phase.starting,
      safeMode: () => phase.safeMode,
      filesShort: () => this.files.short,
      stopping: () => phase.stopping,
    });
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
    this.handlers = createHandlers({
      liveKit,
      isVoice: (template) => config.templates[template]?.protocol === 'none',
      launcher: this.launcher,
      logs: { dir: join(dataDir.path, 'logs'), flush: () => this.launcher.flush() },
      pool: this.pool,
      workers: this.workers,
      work: this.work,
      controls: () => [redisControl(this.redis), ...this.workers.hosts.map((host) => controlOf(host.process, () => host.view())), ...this.services.controls()],
      health: () => this.reporter.health(),
      fresh: () => this.reporter.fresh(),
      freshUsage: () => this.reporter.freshUsage(),
      processes: () => this.reporter.processes(),
      poolView: () => this.reporter.poolView(),
      hold: this.hold,
      incidents: this.incidents,
      history: this.history,
      boards,
      backups: this.care.backups,
      ...this.trust,
      schedules: this.schedules,
      watches: this.watches,
      clock,
      keys: this.keys,
      restore: (file) => this.care.restore(file),
      desk: () => this.desk.require(),
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
