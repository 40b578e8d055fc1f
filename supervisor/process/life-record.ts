import type { ExitCause, ExitView, ProcessView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { StartOrigin } from './status.js';

/** Wanted ends, and one that passes by itself: none of them counts against the process. */
const noFailure: ReadonlySet<ExitCause> = new Set(['deliberate', 'recycled', 'rate-limit']);

/** What a person wants to know about the lives of one process so far: how often, how long, why it ended. */
export class LifeRecord {
  readonly #clock: Clock;
  #starts = 0;
  #restarts = 0;
  #manualRestarts = 0;
  readonly #byCause = new Map<ExitCause, number>();
  /** Wall times: "today" is a question about the calendar. */
  #manualAtMs: number[] = [];
  #failures = 0;
  #ranMs = 0;
  #startedAtMs: number | null = null;
  #startedMonoMs = 0;
  #readyAtMs: number | null = null;
  #readyMonoMs: number | null = null;
  #lastExit: ExitView | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
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
    this.#manualAtMs = [...this.#today(), this.#clock.wallMs()];
  }

  #startedByRoost(): void {
    this.#restarts++;
    const cause = this.#lastExit?.cause;
    if (cause !== undefined) this.#byCause.set(cause, (this.#byCause.get(cause) ?? 0) + 1);
  }

  #today(): number[] {
    // Asked for each process at each report, and nearly always empty: naming a day costs more than the rest of the view.
    if (this.#manualAtMs.length === 0) return [];
    const today = new Date(this.#clock.wallMs()).toDateString();
    return this.#manualAtMs.filter((atMs) => new Date(atMs).toDateString() === today);
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
  }

  /** Time since it was ready, null when it never was. One that has done its work has not failed. */
  ended(exit: ExitView, workDone = false): number | null {
    const ranMs = this.#readyMonoMs === null ? null : this.#clock.monoMs() - this.#readyMonoMs;
    this.#ranMs += ranMs ?? 0;
    this.#lastExit = exit;
    this.#readyMonoMs = null;
    if (!noFailure.has(exit.cause) && !workDone) this.#failures++;
    return ranMs;
  }

  view(
    up: boolean,
  ): Pick<
    ProcessView,
    'startedAtMs' | 'readyAtMs' | 'uptimeMs' | 'restarts' | 'manualRestarts' | 'restartsByCause' | 'manualRestartsToday' | 'lastExit' | 'mtbfMs'
  > {
    const nowMs = this.#clock.monoMs();
    const runningMs = this.#readyMonoMs === null ? 0 : nowMs - this.#readyMonoMs;
    return {
      startedAtMs: up ? this.#startedAtMs : null,
      readyAtMs: up ? this.#readyAtMs : null,
      uptimeMs: up ? Math.round(nowMs - this.#startedMonoMs) : null,
      restarts: this.#restarts,
      manualRestarts: this.#manualRestarts,
      restartsByCause: Object.fromEntries(this.#byCause),
      manualRestartsToday: this.#today().length,
      lastExit: this.#lastExit,
      mtbfMs: this.#failures === 0 ? null : Math.round((this.#ranMs + runningMs) / this.#failures),
    };
  }
}
