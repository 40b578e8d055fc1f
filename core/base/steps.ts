import type { Alarm, Timer } from './timer.js';

interface Task {
  readonly periodMs: number;
  readonly gridMs: number;
  readonly run: () => void;
  /** When it would be due without the grid: a period that is no multiple of it keeps its mean. */
  wishedMs: number;
  dueMs: number;
}

/** A timer may fire this much before its time: whole milliseconds are all that the system takes. */
const earlyMs = 2;

/** Periods from a second on share whole seconds, shorter ones quarters of a second. */
const gridOf = (periodMs: number): number => (periodMs >= 1_000 ? 1_000 : 250);

/** A shorter period is asked for by somebody who means it. */
export const shortestStepMs = 250;

/**
 * Periodic tasks that go off in step. What an idle process costs is not the work of its timers but that each wakes
 * it alone: forty wake-ups a second of nothing cost more than everything that is done in them. Never early; the
 * first time may come up to one step of the grid late, and after a standstill what was missed is left out.
 */
export class Steps {
  readonly #clock: Alarm;
  readonly #tasks = new Set<Task>();
  #timer: Timer | undefined;
  #armedMs = Number.POSITIVE_INFINITY;

  constructor(clock: Alarm) {
    this.#clock = clock;
  }

  /** `periodMs` of at least `shortestStepMs`. */
  every(periodMs: number, run: () => void): Timer {
    const gridMs = gridOf(periodMs);
    const wishedMs = this.#clock.monoMs() + periodMs;
    const task: Task = { periodMs, gridMs, run, wishedMs, dueMs: onGrid(wishedMs, gridMs) };
    this.#tasks.add(task);
    this.#arm();
    return {
      cancel: () => {
        this.#tasks.delete(task);
        this.#arm();
      },
    };
  }

  #arm(): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#tasks) nextMs = Math.min(nextMs, dueMs);
    if (nextMs === this.#armedMs) return;
    this.#timer?.cancel();
    this.#armedMs = nextMs;
    this.#timer = nextMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.after(nextMs - this.#clock.monoMs(), () => this.#run());
  }

  #run(): void {
    this.#armedMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monoMs() + earlyMs;
    for (const task of [...this.#tasks]) {
      // One before it in this very step may have cancelled it.
      if (task.dueMs > nowMs || !this.#tasks.has(task)) continue;
      task.wishedMs = Math.max(task.wishedMs + task.periodMs, nowMs);
      task.dueMs = onGrid(task.wishedMs, task.gridMs);
      try {
        task.run();
      } catch (error) {
        // As from a timer of its own: nobody catches it, and the others have their turn.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    this.#arm();
  }
}

const onGrid = (atMs: number, gridMs: number): number => Math.ceil(atMs / gridMs) * gridMs;
