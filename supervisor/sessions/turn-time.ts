import { type AwakeTimer, afterAwake } from '../../core/base/awake.js';
import type { Clock, Timer } from '../../core/base/clock.js';

interface Pausable {
  leftMs: number;
  readonly task: () => void;
  timer: AwakeTimer | undefined;
}

/** The time of one delivery. It stands still while a person has to answer: neither a deadline nor a latency is about them. Its deadlines do so too while the machine sleeps. */
export class TurnTime {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #waits = new Set<Pausable>();
  readonly #listeners = new Set<(waiting: boolean) => void>();
  #humanMs = 0;
  #waitingSinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monoMs();
  }

  /** Spent since the start, people aside. */
  get spentMs(): number {
    return Math.round(this.#clock.monoMs() - this.#startedMs - this.#human());
  }

  /** Spent waiting for people. */
  get humanMs(): number {
    return Math.round(this.#human());
  }

  get waiting(): boolean {
    return this.#waitingSinceMs !== undefined;
  }

  /** Runs `task` after so much time awake and without people. */
  after(delayMs: number, task: () => void): Timer {
    const wait: Pausable = { leftMs: delayMs, task, timer: undefined };
    this.#waits.add(wait);
    if (!this.waiting) this.#run(wait);
    return {
      cancel: () => {
        wait.timer?.cancel();
        this.#waits.delete(wait);
      },
    };
  }

  /** A person has to act, or has. */
  setWaiting(waiting: boolean): void {
    if (waiting === this.waiting) return;
    const now = this.#clock.monoMs();
    if (waiting) {
      this.#waitingSinceMs = now;
      for (const wait of this.#waits) {
        wait.leftMs = wait.timer?.leftMs ?? wait.leftMs;
        wait.timer?.cancel();
      }
    } else {
      this.#humanMs = this.#human();
      this.#waitingSinceMs = undefined;
      for (const wait of this.#waits) this.#run(wait);
    }
    for (const listener of this.#listeners) listener(waiting);
  }

  /** Told at once when a person is waited for already. */
  onWaiting(listener: (waiting: boolean) => void): void {
    this.#listeners.add(listener);
    if (this.waiting) listener(true);
  }

  #run(wait: Pausable): void {
    wait.timer = afterAwake(this.#clock, wait.leftMs, () => {
      this.#waits.delete(wait);
      wait.task();
    });
  }

  #human(): number {
    return this.#humanMs + (this.#waitingSinceMs === undefined ? 0 : this.#clock.monoMs() - this.#waitingSinceMs);
  }
}
