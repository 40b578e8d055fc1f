import type { FromWorker } from '../contract/messages.js';
import type { Clock } from '../core/base/clock.js';

type Beat = Extract<FromWorker, { type: 'beat' }>;

/** One job in hand. */
export interface Slot {
  /** A step of the job is done: its progress clock starts again. */
  moved(): void;
  /** The job waits for somebody else, at most this long: until then standing still is no stall. */
  waits(deadlineMs: number): void;
  leave(): void;
}

interface Held {
  readonly queue: string;
  readonly id: string;
  readonly name: string;
  readonly sinceMs: number;
  waitEndMs: number;
}

/** What this process has in hand, and the progress counter of its beats. */
export class Slots {
  readonly #clock: Clock;
  readonly #held = new Set<Held>();
  #progress = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(queue: string, id: string, name: string): Slot {
    const held: Held = { queue, id, name, sinceMs: this.#clock.wallMs(), waitEndMs: 0 };
    this.#held.add(held);
    this.#progress++;
    return {
      moved: () => {
        held.waitEndMs = 0;
        this.#progress++;
      },
      waits: (deadlineMs) => {
        held.waitEndMs = this.#clock.monoMs() + deadlineMs;
        this.#progress++;
      },
      leave: () => {
        if (this.#held.delete(held)) this.#progress++;
      },
    };
  }

  /**
   * The parts of one beat that concern jobs. While every job in hand is in a wait that was announced
   * and is not over, the counter moves by itself; one job that merely hangs stops it.
   */
  report(excused: boolean): Pick<Beat, 'busySlots' | 'progress' | 'jobs'> {
    const nowMs = this.#clock.monoMs();
    const held = [...this.#held];
    if (held.length > 0 && (excused || held.every((job) => nowMs < job.waitEndMs))) this.#progress++;
    const jobs = held.slice(0, 500).map(({ queue, id, name, sinceMs }) => ({ queue, id, name, sinceMs }));
    return { busySlots: held.length, progress: this.#progress, jobs };
  }
}
