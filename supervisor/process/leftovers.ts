import type { Clock, Timer } from '../../core/base/clock.js';
import { killLeftovers } from './tree.js';
import type { Identity } from './types.js';

/** A process whose exit was seen. */
export interface Left {
  readonly incarnationId: string;
  /** Its descendants, as far as they were known. */
  snapshot(): readonly Identity[];
  /** Told the pids of whom it left behind, after they were killed. */
  onKilled(pids: readonly number[]): void;
  onError(error: unknown): void;
}

export interface LeftoversOptions {
  readonly clock: Clock;
  /** When, after an exit, what was left behind is looked for. */
  readonly roundsMs: readonly number[];
  /** For tests. */
  readonly kill?: typeof killLeftovers;
}

/** Looking through every process of the machine takes milliseconds: fifty agents that end together are one look, not a hundred. */
const lookApartMs = 60;

/** Looks for what processes leave behind when they end, and ends it. */
export class Leftovers {
  readonly #options: LeftoversOptions;
  #due: { readonly atMs: number; readonly left: Left }[] = [];
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #looking = false;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  exited(left: Left): void {
    const nowMs = this.#options.clock.monoMs();
    for (const roundMs of this.#options.roundsMs) this.#due.push({ atMs: nowMs + roundMs, left });
    this.#arm();
  }

  #arm(): void {
    if (this.#looking || this.#due.length === 0) return;
    const first = this.#due.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
    const atMs = Math.max(first, this.#lookedMs + lookApartMs);
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.timer.cancel();
    const timer = this.#options.clock.after(Math.max(0, atMs - this.#options.clock.monoMs()), () => {
      this.#timer = undefined;
      void this.#look();
    });
    this.#timer = { atMs, timer };
  }

  async #look(): Promise<void> {
    const { clock, kill = killLeftovers } = this.#options;
    // Half a millisecond early counts: timers round.
    const nowMs = clock.monoMs() + 0.5;
    const now = this.#due.filter(({ atMs }) => atMs <= nowMs).map(({ left }) => left);
    this.#due = this.#due.filter(({ atMs }) => atMs > nowMs);
    this.#looking = true;
    try {
      const killed = await kill(new Map(now.map((left) => [left.incarnationId, left.snapshot()])));
      for (const left of now) {
        const pids = killed.get(left.incarnationId) ?? [];
        if (pids.length > 0) left.onKilled(pids);
      }
    } catch (error) {
      for (const left of now) left.onError(error);
    } finally {
      this.#looking = false;
      this.#lookedMs = clock.monoMs();
      this.#arm();
    }
  }
}
