import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Health, PoolView, ProcessView, Sample, TurnView } from '../contract/state.js';
import type { Timer } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import { Chronicle, type ChronicleOptions } from './chronicle.js';
import { HealthReport, type HealthReportOptions } from './health/health-report.js';
import { Lookout } from './lookout.js';
import { Observer } from './observer.js';
import type { QueueBoards } from './queues/queue-boards.js';
import { TurnStats } from './turn-stats.js';
import { UsageReport } from './usage-report.js';

type Judged = Omit<HealthReportOptions, 'observer' | 'turnStats' | 'processes' | 'poolView'>;

export interface ReporterOptions extends ChronicleOptions, Judged {
  readonly log: Log;
  readonly boards: QueueBoards;
}

const gatherPoolMs = 40;
/** Four times a second: a finer look would be the most frequent thing an idle supervisor does. */
const loopTickMs = 250;
/** A hundred processes that start one after the other make a dozen reports, not a hundred. */
const reportsApartMs = 25;

/** Observes everything and turns it into state, samples, activity and metrics. It decides nothing. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #scope: Scope;
  readonly #usage: UsageReport;
  readonly #observer: Observer;
  readonly #lookout: Lookout;
  readonly #turnStats = new TurnStats();
  readonly #chronicle: Chronicle;
  readonly #healthReport: HealthReport;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: loopTickMs });
  #health: Health | undefined;
  #poolTimer: Timer | undefined;
  #due: Timer | undefined;
  #reportedMono = Number.NEGATIVE_INFINITY;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('an observation failed', { step, error }));
    this.#usage = new UsageReport(options);
    this.#observer = new Observer(options);
    this.#lookout = new Lookout({
      ...options,
      usage: this.#usage,
      observer: this.#observer,
      processes: () => this.processes(),
      health: () => this.#health,
      looked: () => {
        this.#publishPool();
        this.refresh();
      },
      second: () => options.state.addSample(this.#sample(options.clock.wallMs())),
    });
    this.#chronicle = new Chronicle(options);
    this.#healthReport = new HealthReport({
      ...options,
      observer: this.#observer,
      turnStats: this.#turnStats,
      processes: () => this.processes(),
      poolView: () => this.poolView(),
    });
  }

  start(): void {
    const { pool, redis, workers, services } = this.#options;
    this.#loopDelay.enable();
    this.#scope.add('report', () => this.#due?.cancel());
    this.#scope.add('loop delay', () => void this.#loopDelay.disable());
    this.#scope.add(
      'redis',
      redis.onChange(() => this.#soon()),
    );
    this.#scope.add(
      'workers',
      workers.onChange(() => this.#soon()),
    );
    this.#scope.add(
      'services',
      services.onChange(() => this.#soon()),
    );
    this.#scope.add(
      'pool',
      pool.onChange(() => this.#publishPoolSoon()),
    );
    this.#chronicle.follow(this.#scope);
    this.#lookout.start(this.#scope);
    this.refresh();
    this.#publishPool();
  }

  async stop(): Promise<void> {
    this.#poolTimer?.cancel();
    await this.#scope.close();
  }

  apiOpened(url: string | null, moved: string | null): void {
    this.#healthReport.apiOpened(url, moved);
    if (moved !== null) this.#options.activity.add('warning', 'port-taken', 'api', moved);
    this.#options.state.set('about', { ...this.#options.state.state.about, apiUrl: url });
    this.refresh();
  }

  turnEnded(turn: TurnView): void {
    this.#turnStats.add(turn, this.#options.clock.monoMs());
    this.#options.metrics.turnEnded(turn);
  }

  processes(): ProcessView[] {
    const { redis, workers, services, pool } = this.#options;
    return [redis.view(), ...workers.hosts.map((host) => host.view()), ...services.views(), ...pool.views()];
  }

  poolView(): PoolView {
    return this.#options.pool.view(this.#options.desk()?.sessions.counts().waiting ?? 0);
  }

  health(): Health {
    return this.#healthReport.now();
  }

  /** 99th percentile since the last call. */
  loopLagSeconds(): number {
    const lag = this.#loopDelay.percentile(99) / 1e9;
    this.#loopDelay.reset();
    return Number.isFinite(lag) ? Math.max(0, lag - loopTickMs / 1_000) : 0;
  }

  /** Looks at everything now; joins a look under way. */
  observe(): Promise<void> {
    return this.#lookout.observe();
  }

  /** For whoever asks now: looks first if the last look was at rest. */
  fresh(): Promise<void> {
    return this.#lookout.fresh();
  }

  /** Memory and processor of every process as they are now. */
  freshUsage(): Promise<void> {
    return this.#lookout.freshUsage();
  }

  /** Right after what is under way: a process that died is started again first and written about then, and a hundred that start make one report. */
  #soon(): void {
    const waitMs = Math.max(0, this.#reportedMono + reportsApartMs - this.#options.clock.monoMs());
    this.#due ??= this.#options.clock.after(waitMs, () => {
      this.#due = undefined;
      this.refresh();
    });
  }

  /** Publishes processes and health as they are now, and writes down what changed. */
  refresh(): void {
    this.#reportedMono = this.#options.clock.monoMs();
    const { state, redis, incidents, pool, stopping, hold } = this.#options;
    if (redis.view().state !== 'running') this.#observer.redisIsGone();
    const processes = this.processes();
    this.#chronicle.note(processes);
    state.set('processes', processes);
    const health = this.health();
    this.#health = health;
    state.set('health', health);
    state.set('hold', hold());
    incidents.look({ processes, pool: pool.view(0), health, hold: hold(), stopping: stopping(), schedules: state.state.schedules });
  }

  /** Fifty hand-outs in one moment are one picture: drawing each of them would make the last one wait. */
  #publishPoolSoon(): void {
    if (this.#poolTimer !== undefined || this.#scope.closed) return;
    this.#poolTimer = this.#options.clock.after(gatherPoolMs, () => {
      this.#poolTimer = undefined;
      this.#publishPool();
    });
  }

  #publishPool(): void {
    this.#options.state.set('pool', this.poolView());
    this.#options.state.set('processes', this.processes());
  }

  #sample(atMs: number): Sample {
    const taken = this.#turnStats.take();
    const { pool } = this.#options.state.state;
    const queues = this.#observer.redisAnswers
      ? Object.entries(this.#observer.queues).map(([name, view]) => [name, { waiting: view.waiting, active: view.active }])
      : [];
    return {
      atMs,
      queues: Object.fromEntries(queues),
      pool: { ready: pool.ready, target: pool.target, starting: pool.starting, assigned: pool.assigned },
      turnsDone: taken.done,
      turnsFailed: taken.failed,
      turnP50Ms: this.#turnStats.recent(this.#options.clock.monoMs()).p50Ms,
      rssBytes: this.#usage.ownRssBytes,
    };
  }
}
