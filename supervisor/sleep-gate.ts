import { RoostError } from '../contract/errors.js';
import type { Clock, Timer } from '../core/base/clock.js';

/** Awake for so long after the word that it will sleep, and the machine did not, or nobody told that it woke. */
const giveUpMs = 30_000;

/**
 * Between the word that the machine is about to sleep and the word that it is awake nothing new begins: it
 * would be torn in the middle. Both words may come twice, alone or never; the gate opens by itself.
 */
export class SleepGate {
  readonly #clock: Clock;
  readonly #grant: () => void;
  readonly #rest: (on: boolean) => void;
  #timer: Timer | undefined;

  /** `grant` gives every watch a full limit again, `rest` keeps the workers from beginning jobs. */
  constructor(options: { readonly clock: Clock; grant(): void; rest(on: boolean): void }) {
    this.#clock = options.clock;
    this.#grant = () => options.grant();
    this.#rest = (on) => options.rest(on);
  }

  /** Why nothing new is taken at this moment. */
  get refusal(): RoostError | undefined {
    if (this.#timer === undefined) return undefined;
    return new RoostError('held', 'The machine is about to sleep; new work is taken again when it is awake.', { retryAfterMs: 5_000 });
  }

  suspended(): void {
    this.#grant();
    if (this.#timer === undefined) this.#rest(true);
    this.#timer?.cancel();
    // It counts time awake only: asleep no timer runs.
    this.#timer = this.#clock.after(giveUpMs, () => this.resumed());
  }

  resumed(): void {
    const rested = this.#timer !== undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#grant();
    if (rested) this.#rest(false);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
