import { z } from 'zod';
import { type ExitCause, exitCauses, type LifeFigures } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';

/** Today and the seven days before it: what "lately" means for a person who looks at a process. */
const keptDays = 8;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

const countSchema = z.number().int().nonnegative();
const daySchema = z.object({
  ranMs: z.number().nonnegative(),
  failures: countSchema,
  byHand: countSchema,
  restarts: z.partialRecord(z.enum(exitCauses), countSchema),
});
export const lifeDaysSchema = z.record(z.string().regex(dayPattern), daySchema);
export type StoredDays = z.infer<typeof lifeDaysSchema>;

interface Day {
  ranMs: number;
  failures: number;
  byHand: number;
  restarts: Partial<Record<ExitCause, number>>;
}

/** How often and why a process was started again, by day of the local calendar; it outlives the process, an edit of its settings and Roost itself. */
export class LifeDays {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #days = new Map<string, Day>();
  /** Naming a day costs more than all the rest, and this is asked for each process at each report. */
  #today = { key: '', fromMs: 0, untilMs: 0 };

  constructor(clock: Clock, changed: () => void = () => undefined) {
    this.#clock = clock;
    this.#changed = changed;
  }

  ran(ms: number): void {
    if (ms > 0) this.#now().ranMs += Math.round(ms);
  }

  failed(): void {
    this.#now().failures++;
    this.#changed();
  }

  startedByHand(): void {
    this.#now().byHand++;
    this.#changed();
  }

  startedAgain(cause: ExitCause): void {
    const { restarts } = this.#now();
    restarts[cause] = (restarts[cause] ?? 0) + 1;
    this.#changed();
  }

  /** `runningMs`: of the present life, as far as it is not counted yet. */
  figures(runningMs: number): LifeFigures {
    const today = this.#todayKey();
    const restartsByCause: Partial<Record<ExitCause, number>> = {};
    let ranMs = runningMs;
    let failures = 0;
    let manualRestartsWeek = 0;
    for (const day of this.#days.values()) {
      ranMs += day.ranMs;
      failures += day.failures;
      manualRestartsWeek += day.byHand;
      for (const cause in day.restarts)
        restartsByCause[cause as ExitCause] = (restartsByCause[cause as ExitCause] ?? 0) + (day.restarts[cause as ExitCause] ?? 0);
    }
    return {
      restartsByCause,
      manualRestartsToday: this.#days.get(today)?.byHand ?? 0,
      manualRestartsWeek,
      mtbfMs: failures === 0 ? null : Math.round(ranMs / failures),
    };
  }

  get stored(): StoredDays {
    this.#todayKey();
    return Object.fromEntries([...this.#days].map(([key, day]) => [key, { ...day, restarts: { ...day.restarts } }]));
  }

  /** Adds what earlier runs wrote down. */
  restore(stored: StoredDays): void {
    for (const [key, found] of Object.entries(stored)) {
      const day = this.#dayOf(key);
      day.ranMs += found.ranMs;
      day.failures += found.failures;
      day.byHand += found.byHand;
      for (const [cause, count] of Object.entries(found.restarts) as [ExitCause, number][]) day.restarts[cause] = (day.restarts[cause] ?? 0) + count;
    }
    this.#prune();
  }

  #now(): Day {
    return this.#dayOf(this.#todayKey());
  }

  #dayOf(key: string): Day {
    let day = this.#days.get(key);
    if (day === undefined) {
      day = { ranMs: 0, failures: 0, byHand: 0, restarts: {} };
      this.#days.set(key, day);
    }
    return day;
  }

  #todayKey(): string {
    const nowMs = this.#clock.wallMs();
    const { fromMs, untilMs } = this.#today;
    if (nowMs >= fromMs && nowMs < untilMs) return this.#today.key;
    const now = new Date(nowMs);
    const midnight = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
    this.#today = { key: keyOf(now), fromMs: midnight(0).getTime(), untilMs: midnight(1).getTime() };
    this.#prune();
    return this.#today.key;
  }

  /** Days of a clock that ran ahead go as well: they would count as recent for ever. */
  #prune(): void {
    const now = new Date(this.#clock.wallMs());
    const first = keyOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - (keptDays - 1)));
    const last = keyOf(now);
    for (const key of this.#days.keys()) if (key < first || key > last) this.#days.delete(key);
  }
}

const two = (part: number): string => String(part).padStart(2, '0');
const keyOf = (date: Date): string => `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
