import { RoostError } from '../../contract/errors.js';
import type { ServiceConfig } from '../../contract/services.js';
import type { Activity, ProcessView } from '../../contract/state.js';
import { type Clock, type Random, sleep } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import type { LifeRecord } from '../process/life-record.js';
import type { RestartBudget } from '../process/restart-budget.js';
import type { RestartLimits } from '../process/restart-policy.js';
import { SupervisedProcess } from '../process/supervised-process.js';
import type { Incarnation, Launch, Launcher } from '../process/types.js';
import { LifeWatch } from './life-watch.js';
import { ask, awaitedLine, localPort, type ProbeTools, type RunProgram } from './probes.js';
import { judgeExit, ladderOf, memoryVerdict, memoryWarnShare } from './verdicts.js';

export type ServiceEvent = Pick<Activity, 'severity' | 'kind' | 'process' | 'message'>;

export interface ServiceHostOptions {
  readonly name: string;
  readonly config: ServiceConfig;
  /** Absolute. */
  readonly cwd: string;
  readonly launcher: Launcher;
  readonly run: RunProgram;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Resolves when everything it depends on is as far as it must be; tells who is waited for. */
  waitForDependencies(signal: AbortSignal, waiting: (names: readonly string[]) => void): Promise<void>;
  onEvent(event: ServiceEvent): void;
  readonly limits?: RestartLimits;
  readonly record?: LifeRecord;
  /** Shared by everything Roost restarts by itself. */
  readonly budget?: RestartBudget;
}

/** Whoever is waited for may be down for hours: that is not this service's failure. */
const dependencyPatienceMs = 86_400_000;
const firstAskMs = 50;
const slowestAskMs = 1_000;
/** One try of a readiness probe; the timeout of the whole is the service's own. */
const readyAskMs = 5_000;

/** One service of the operator's: started when its dependencies are there, proved, watched, recycled, kept within its memory. */
export class ServiceHost {
  readonly process: SupervisedProcess;
  readonly config: ServiceConfig;
  readonly cwd: string;
  readonly #options: ServiceHostOptions;
  readonly #changes: Emitter<void>;
  readonly #tools: ProbeTools;
  /** Of the present life. */
  #watch: LifeWatch;
  #waitingFor: readonly string[] = [];
  #warned = false;

  constructor(options: ServiceHostOptions) {
    const { name, config, launcher, clock, random, log, limits } = options;
    this.#options = options;
    this.config = config;
    this.cwd = options.cwd;
    this.#tools = { clock, run: options.run };
    this.#changes = new Emitter((error) => log.error('a listener to a service failed', { service: name, error }));
    this.#watch = this.#newWatch();
    this.process = new SupervisedProcess({
      name,
      kind: 'service',
      required: config.required,
      launcher,
      clock,
      random,
      log,
      ...(limits === undefined ? {} : { limits }),
      ...(options.record === undefined ? {} : { record: options.record }),
      ...(options.budget === undefined ? {} : { budget: options.budget }),
      spec: {
        launch: () => this.#launch(),
        prepareTimeoutMs: dependencyPatienceMs,
        beforeStart: (signal) => this.#awaitDependencies(signal),
        startTimeoutMs: config.ready?.timeout ?? readyAskMs,
        ready: (incarnation, signal) => this.#ready(incarnation, signal),
        ladder: ladderOf(config.stop),
        judge: (exit) => judgeExit(config.restart, exit),
        onReady: (incarnation) => this.#watch.begin(incarnation),
        onExit: () => this.#over(),
      },
    });
    this.process.onChange(() => this.#changes.emit());
  }

  get name(): string {
    return this.#options.name;
  }

  get running(): boolean {
    return this.process.status.kind === 'running';
  }

  /** Running, and its last liveness probe, if it has one, was good. */
  get healthy(): boolean {
    return this.running && this.#watch.trouble === null;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  view(): ProcessView {
    const seen = this.process.view();
    const ageMs = this.#watch.statusAgeMs();
    const view = seen.pid === null || ageMs === undefined ? seen : { ...seen, statusAgeMs: ageMs };
    if (view.state === 'starting' && this.#waitingFor.length > 0) return { ...view, detail: `Waits for ${this.#waitingFor.join(' and ')}.` };
    const { trouble } = this.#watch;
    if (view.state === 'running' && trouble !== null) return { ...view, detail: `Running, but ${trouble}.` };
    return view;
  }

  /** A measurement of its whole tree. */
  setUsage(usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void {
    this.process.setUsage(usage);
    const { memoryBytes } = this.config;
    if (usage.rssBytes === null || memoryBytes === undefined || this.process.current === null) return;
    const verdict = memoryVerdict(usage.rssBytes, memoryBytes);
    const used = `${mebibytes(usage.rssBytes)} of the ${mebibytes(memoryBytes)} it may use`;
    if (verdict === 'over') this.process.condemn('memory', `its processes use ${used}`);
    else if (verdict === 'high' && !this.#warned) {
      this.#warned = true;
      this.#tell('warning', 'memory-high', `${this.name} uses ${used}: over ${memoryWarnShare * 100} %. At the limit it is started anew.`);
    }
  }

  /** For good; a smaller `capMs` than its grace shortens the way. */
  async retire(why: string, capMs?: number): Promise<void> {
    await this.process.retire(why, ladderOf(this.config.stop, capMs));
    await this.#watch.close();
  }

  /** The machine slept, or is about to: what stood still meanwhile is not to blame. */
  grantFreshLimit(): void {
    this.#watch.grantFreshLimit();
  }

  #launch(): Launch {
    const { command, env, stop, alive } = this.config;
    void this.#watch.close();
    const watch = this.#newWatch();
    this.#watch = watch;
    const takes = alive?.message === undefined ? {} : { takes: (line: string) => watch.heard(line) };
    const stdin = stop.message === undefined ? 'none' : 'pipe';
    const port = localPort(this.config);
    const { memoryBytes } = this.config;
    return {
      name: this.name,
      kind: 'service',
      program: { command },
      cwd: this.cwd,
      env,
      stdin,
      wire: 'none',
      ...takes,
      ...(port === null ? {} : { port }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    };
  }

  async #awaitDependencies(signal: AbortSignal): Promise<void> {
    try {
      await this.#options.waitForDependencies(signal, (names) => {
        this.#waitingFor = names;
        this.#changes.emit();
      });
    } finally {
      this.#waitingFor = [];
    }
  }

  async #ready(incarnation: Incarnation, signal: AbortSignal): Promise<void> {
    const { ready } = this.config;
    if (ready === undefined) return;
    const awaited = awaitedLine(ready);
    if (awaited !== undefined) return lineSeen(incarnation, awaited, signal);
    for (let waitMs = firstAskMs; ; waitMs = Math.min(slowestAskMs, waitMs * 2)) {
      const answer = await ask(ready, this.#tools, Math.min(readyAskMs, ready.timeout), signal);
      if (answer === null || signal.aborted) return;
      await sleep(this.#options.clock, waitMs, signal);
    }
  }

  #over(): void {
    void this.#watch.close();
    this.#warned = false;
  }

  #newWatch(): LifeWatch {
    const { clock, random, log, name } = this.#options;
    return new LifeWatch({
      name,
      config: this.config,
      tools: this.#tools,
      clock,
      random,
      log,
      condemn: (cause, why, lastSignMono) => void this.process.condemn(cause, why, lastSignMono),
      changed: () => this.#changes.emit(),
    });
  }

  #tell(severity: Activity['severity'], kind: string, message: string): void {
    this.#options.launcher.logFor(this.name).note(message);
    this.#options.onEvent({ severity, kind, process: this.name, message });
  }
}

const mebibytes = (size: number): string => `${Math.round(size / 1024 ** 2)} MB`;

/** The listener is there before the program's first output can be. */
function lineSeen(incarnation: Incarnation, awaited: NonNullable<ReturnType<typeof awaitedLine>>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      off();
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      end();
      reject(new RoostError('cancelled', 'the wait for its readiness was called off'));
    };
    const off = incarnation.log.onLine((line) => {
      if (!awaited(line)) return;
      end();
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
