import type { FromWorker } from '../contract/messages.js';
import { stoodStillMs } from '../core/base/awake.js';
import type { Clock } from '../core/base/clock.js';
import { jobNames } from '../core/jobs/queues.js';

/** A beat tells them each second. */
const reportEveryMs = 1_000;

type Beat = Extract<FromWorker, { type: 'beat' }>;

/** One job in hand. */
export interface Slot {
  /** A step of the job is done: its progress clock starts again. */
  moved(): void;
  /** The job waits for somebody else, at most this long: until then standing still is no stall. */
  waits(deadlineMs: number): void;
  leave(): void;
}

/** What this process has in hand, and the progress counter of its beats. */
export class Slots {
  readonly #clock: Clock;
  readonly #held = new Set<HeldSlot>();
  #progress = 0;
  #done = 0;
  #reportedMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(queue: string, id: string, name: string): Slot {
    const slot = new HeldSlot(this, queue, id, name, this.#clock.wallMs());
    this.#held.add(slot);
    this.#progress++;
    return slot;
  }

  /** For the slots themselves. */
  step(slot: HeldSlot, waitMs: number): void {
    slot.waitEndMs = waitMs > 0 ? this.#clock.monoMs() + waitMs : 0;
    slot.steps++;
    this.#progress++;
  }

  /** For the slots themselves. */
  release(slot: HeldSlot): void {
    if (!this.#held.delete(slot)) return;
    this.#progress++;
    // Canaries prove the worker; they are none of its work.
    if (slot.name !== jobNames.canary) this.#done++;
  }

  /**
   * The parts of one beat that concern jobs. While every job in hand is in a wait that was announced
   * and is not over, the counter moves by itself; one job that merely hangs stops it. Each job tells its
   * own steps and what is left of its wait, so that one that hangs is seen among others that move.
   */
  report(excused: boolean): Pick<Beat, 'busySlots' | 'progress' | 'jobs' | 'excused' | 'jobsDone'> {
    const nowMs = this.#clock.monoMs();
    const held = [...this.#held];
    // A wait that was announced does not run out while this process stands still.
    const asleepMs = this.#reportedMs === undefined ? 0 : stoodStillMs(nowMs - this.#reportedMs, reportEveryMs);
    this.#reportedMs = nowMs;
    if (asleepMs > 0) for (const job of held) if (job.waitEndMs > 0) job.waitEndMs += asleepMs;
    if (held.length > 0 && (excused || held.every((job) => nowMs < job.waitEndMs))) this.#progress++;
    // Past the limit of the message the oldest are told: those that hang are among them.
    const jobs = held.slice(0, 500).map(({ queue, id, name, sinceMs, steps, waitEndMs }) => {
      const quietMs = Math.max(0, Math.round(waitEndMs - nowMs));
      return { queue, id, name, sinceMs, steps, ...(quietMs > 0 ? { quietMs } : {}) };
    });
    return { busySlots: held.length, progress: this.#progress, jobsDone: this.#done, jobs, ...(excused ? { excused } : {}) };
  }
}

/** A class and not closures: one is made for every job. */
class HeldSlot implements Slot {
  waitEndMs = 0;
  steps = 0;
  readonly #slots: Slots;

  constructor(
    slots: Slots,
    readonly queue: string,
    readonly id: string,
    readonly name: string,
    readonly sinceMs: number,
  ) {
    this.#slots = slots;
  }

  moved(): void {
    this.#slots.step(this, 0);
  }

  waits(deadlineMs: number): void {
    this.#slots.step(this, deadlineMs);
  }

  leave(): void {
    this.#slots.release(this);
  }
}
