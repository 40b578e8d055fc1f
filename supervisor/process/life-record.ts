import type { ExitCause, ExitView, ProcessView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { LifeDays } from './life-days.js';
import type { StartOrigin } from './status.js';

/** Wanted ends, and one that passes by itself: none of them counts against the process. */
const noFailure: ReadonlySet<ExitCause> = new Set(['deliberate', 'recycled', 'rate-limit']);

/** What an earlier holder of the name leaves to the next one. */
export interface Inheritance {
  readonly number: number;
  readonly restarts: number;
  readonly manualRestarts: number;
  readonly lastExit: ExitView | null;
}

/** What a person wants to know about the lives of one process: how often, how long, why it ended. */
export class LifeRecord {
  readonly #clock: Clock;
  readonly #days: LifeDays;
  #starts = 0;
  #number: number;
  #restarts: number;
  #manualRestarts: number;
  #startedAtMs: number | null = null;
  #startedMonoMs = 0;
  #readyAtMs: number | null = null;
  #readyMonoMs: number | null = null;
  /** Up to when its running time stands in the days. */
  #countedMonoMs = 0;
  #lastExit: ExitView | null;

  /** A name that goes on under other settings goes on with its figures; its first start then is no restart. */
  constructor(clock: Clock, days: LifeDays = new LifeDays(clock), before?: Inheritance) {
    this.#clock = clock;
    this.#days = days;
    this.#number = before?.number ?? 0;
    this.#restarts = before?.restarts ?? 0;
    this.#manualRestarts = before?.manualRestarts ?? 0;
    this.#lastExit = before?.lastExit ?? null;
  }

  get inheritance(): Inheritance {
    return { number: this.#number, restarts: this.#restarts, manualRestarts: this.#manualRestarts, lastExit: this.#lastExit };
  }

  /** Of the life that began last. */
  get number(): number {
    return this.#number;
  }

  takeNumber(): number {
    return ++this.#number;
  }

  started(origin: StartOrigin): void {
    // The first start is no restart, whoever asked for it.
    if (this.#starts++ > 0) {
      if (origin === 'person') this.#startedByPerson();
      else this.#startedByRoost();
    }
    this.#startedAtMs = this.#clock.wallMs();
    this.#startedMonoMs = this.#clock.monoMs();
    this.#readyAtMs = null;
    this.#readyMonoMs = null;
  }

  #startedByPerson(): void {
    this.#manualRestarts++;
    this.#days.startedByHand();
  }

  #startedByRoost(): void {
    this.#restarts++;
    const cause = this.#lastExit?.cause;
    if (cause !== undefined) this.#days.startedAgain(cause);
  }

  get lastExit(): ExitView | null {
    return this.#lastExit;
  }

  /** A fresh life took over from one that ended in peace, without a gap. */
  renewed(why: string): void {
    this.ended({ atMs: this.#clock.wallMs(), cause: 'recycled', code: null, signal: null, message: why });
    this.started('system');
    this.ready();
  }

  ready(): void {
    this.#readyAtMs = this.#clock.wallMs();
    this.#readyMonoMs = this.#clock.monoMs();
    this.#countedMonoMs = this.#readyMonoMs;
  }

  /** Time since it was ready, null when it never was. One that has done its work has not failed. */
  ended(exit: ExitView, workDone = false): number | null {
    const ranMs = this.#readyMonoMs === null ? null : this.#clock.monoMs() - this.#readyMonoMs;
    this.count();
    this.#lastExit = exit;
    this.#readyMonoMs = null;
    if (!noFailure.has(exit.cause) && exit.shortage !== true && !workDone) this.#days.failed();
    return ranMs;
  }

  /** Puts the running time up to now into the day it was run. */
  count(): void {
    this.#days.ran(this.#uncountedMs());
    this.#countedMonoMs = this.#clock.monoMs();
  }

  #uncountedMs(): number {
    return this.#readyMonoMs === null ? 0 : this.#clock.monoMs() - this.#countedMonoMs;
  }

  view(
    up: boolean,
  ): Pick<
    ProcessView,
    | 'startedAtMs'
    | 'readyAtMs'
    | 'uptimeMs'
    | 'restarts'
    | 'manualRestarts'
    | 'restartsByCause'
    | 'manualRestartsToday'
    | 'manualRestartsWeek'
    | 'lastExit'
    | 'mtbfMs'
  > {
    return {
      startedAtMs: up ? this.#startedAtMs : null,
      readyAtMs: up ? this.#readyAtMs : null,
      uptimeMs: up ? Math.round(this.#clock.monoMs() - this.#startedMonoMs) : null,
      restarts: this.#restarts,
      manualRestarts: this.#manualRestarts,
      ...this.#days.figures(this.#uncountedMs()),
      lastExit: this.#lastExit,
    };
  }
}
