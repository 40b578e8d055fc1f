import { RoostError } from '../../contract/errors.js';
import type { ServiceConfig } from '../../contract/services.js';
import type { Activity, ProcessView } from '../../contract/state.js';
import { type Clock, type Random, sleep } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { RestartBudget } from '../process/restart-budget.js';
import type { RestartLimits } from '../process/restart-policy.js';
import { SupervisedProcess } from '../process/supervised-process.js';
import type { Incarnation, Launch, Launcher } from '../process/types.js';
import { type Answer, ask, awaitedLine, type ProbeTools, probeName, type RunProgram } from './probes.js';
import { judgeExit, ladderOf, memoryVerdict, memoryWarnShare, recycleDelayMs } from './verdicts.js';

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
  /** What hangs on the present life. */
  #life: Scope;
  #waitingFor: readonly string[] = [];
  #lastAnswer: Answer = null;
  #misses = 0;
  #warned = false;

  constructor(options: ServiceHostOptions) {
    const { name, config, launcher, clock, random, log, limits } = options;
    this.#options = options;
    this.config = config;
    this.cwd = options.cwd;
    this.#tools = { clock, run: options.run };
    this.#changes = new Emitter((error) => log.error('a listener to a service failed', { service: name, error }));
    this.#life = this.#newLife();
    this.process = new SupervisedProcess({
      name,
      kind: 'service',
      required: config.required,
      launcher,
      clock,
      random,
      log,
      ...(limits === undefined ? {} : { limits }),
      ...(options.budget === undefined ? {} : { budget: options.budget }),
      spec: {
        launch: () => this.#launch(),
        prepareTimeoutMs: dependencyPatienceMs,
        beforeStart: (signal) => this.#awaitDependencies(signal),
        startTimeoutMs: config.ready?.timeout ?? readyAskMs,
        ready: (incarnation, signal) => this.#ready(incarnation, signal),
        ladder: ladderOf(config.stop),
        judge: (exit) => judgeExit(config.restart, exit),
        onReady: (incarnation) => this.#watch(incarnation),
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
    return this.running && this.#lastAnswer === null;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  view(): ProcessView {
    const view = this.process.view();
    if (view.state === 'starting' && this.#waitingFor.length > 0) return { ...view, detail: `Waits for ${this.#waitingFor.join(' and ')}.` };
    if (view.state === 'running' && this.#lastAnswer !== null) return { ...view, detail: `Running, but ${this.#missed()}.` };
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
    await this.#life.close();
  }

  #launch(): Launch {
    const { command, env, stop } = this.config;
    return { name: this.name, kind: 'service', program: { command }, cwd: this.cwd, env, stdin: stop.message === undefined ? 'none' : 'pipe', wire: 'none' };
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

  #watch(incarnation: Incarnation): void {
    const { clock, random } = this.#options;
    const { alive, recycle } = this.config;
    void this.#life.close();
    const life = this.#newLife();
    this.#life = life;
    if (recycle !== undefined) {
      const timer = clock.after(recycleDelayMs(recycle, random), () => this.process.condemn('recycled', 'it has run long enough and is replaced, as planned'));
      life.add('recycle', () => timer.cancel());
    }
    if (alive === undefined) return;
    const countsFromMs = clock.monoMs() + alive.startupGrace;
    life.every('alive', alive.every, async () => {
      const answer = await ask(alive, this.#tools, alive.timeout, life.signal);
      if (life.closed || this.process.current !== incarnation) return;
      if (answer !== null && clock.monoMs() < countsFromMs) return;
      this.#take(answer, alive.failures);
    });
  }

  #take(answer: Answer, failures: number): void {
    const before = this.#lastAnswer;
    this.#lastAnswer = answer;
    this.#misses = answer === null ? 0 : this.#misses + 1;
    if (answer !== before) this.#changes.emit();
    if (this.#misses >= failures) this.process.condemn('unresponsive', this.#missed());
  }

  #missed(): string {
    const { alive } = this.config;
    return `${alive === undefined ? 'its probe' : probeName(alive)} ${this.#lastAnswer}, ${this.#misses} times in a row`;
  }

  #over(): void {
    void this.#life.close();
    this.#lastAnswer = null;
    this.#misses = 0;
    this.#warned = false;
  }

  #newLife(): Scope {
    const { clock, log, name } = this.#options;
    return new Scope(clock, (step, error) => log.error('a step of a service failed', { service: name, step, error }));
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
