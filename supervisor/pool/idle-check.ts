import type { Clock, Timer } from '../../core/base/clock.js';
import type { AgentSlots } from './agent-slots.js';
import type { Slot } from './slot.js';

/** From one agent to the next: fifty asked in one moment kept everybody else waiting for 31 ms. */
const stepMs = 20;

/** Ends warm agents that died, froze or grew old while nobody needed them. */
export class IdleCheck {
  readonly #slots: Pick<AgentSlots, 'all' | 'worn' | 'close'>;
  readonly #clock: Clock;
  #due: Slot[] = [];
  #timer: Timer | undefined;

  constructor(options: { readonly slots: Pick<AgentSlots, 'all' | 'worn' | 'close'>; readonly clock: Clock }) {
    this.#slots = options.slots;
    this.#clock = options.clock;
  }

  /** Of the old ones one at a time, so that the others stay warm; each of the rest is asked for a sign of life, one after the other. */
  run(): void {
    const warm = this.#slots.all.filter(({ state }) => state === 'ready');
    const old = warm.find((slot) => this.#slots.worn(slot) !== null);
    if (old !== undefined) void this.#slots.close(old, 'recycled', this.#slots.worn(old) ?? '');
    // A round that is still under way goes to its end first: else the last ones would never be asked.
    if (this.#timer !== undefined) return;
    this.#due = warm.filter((slot) => slot !== old);
    this.#next();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = [];
  }

  #next(): void {
    this.#timer = undefined;
    const slot = this.#due.shift();
    if (slot === undefined) return;
    if (slot.state === 'ready') this.#look(slot);
    if (this.#due.length > 0) this.#timer = this.#clock.after(stepMs, () => this.#next());
  }

  #look(slot: Slot): void {
    if (slot.agent?.alive !== true) void this.#slots.close(slot, 'unresponsive', 'it was found dead while idle');
    else
      void slot.agent.responds().then((responds) => {
        if (!responds && slot.state === 'ready') void this.#slots.close(slot, 'stalled', 'it gave no sign of life while idle');
      });
  }
}
