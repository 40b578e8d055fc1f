import type { Clock } from '../../core/base/clock.js';

/** How far back a kill of the kernel's may lie to explain an exit: an exit is seen at once, a count may be read a little late. */
const recentMs = 10_000;

interface Look {
  readonly atMs: number;
  /** By source; null where one cannot be read. */
  readonly counts: readonly (number | null)[];
  /** Kills that had explained an exit by then. */
  readonly claimed: number;
}

/**
 * Tells whether the kernel killed for want of memory just now. Each of its kills explains one exit: when one
 * process was killed by the kernel and another by hand an hour later, the second is not told as the first.
 */
export class OomWatch {
  readonly #clock: Clock;
  readonly #read: () => readonly (number | null)[];
  readonly #looks: Look[] = [];
  #claimed = 0;

  constructor(options: { readonly clock: Clock; readonly read: () => readonly (number | null)[] }) {
    this.#clock = options.clock;
    this.#read = options.read;
  }

  /** To call every few seconds: what was counted before the last ones is no news. */
  look(): void {
    this.#keep(this.#read());
  }

  /** True once for each kill of the last seconds. */
  claim(): boolean {
    const counts = this.#read();
    const base = this.#looks[0];
    const risen = base === undefined ? 0 : Math.max(0, ...counts.map((count, source) => (count ?? 0) - (base.counts[source] ?? count ?? 0)));
    const explains = risen > this.#claimed - (base?.claimed ?? 0);
    if (explains) this.#claimed++;
    this.#keep(counts);
    return explains;
  }

  /** The first look that stays is the newest one old enough to compare with. */
  #keep(counts: readonly (number | null)[]): void {
    const nowMs = this.#clock.monoMs();
    this.#looks.push({ atMs: nowMs, counts, claimed: this.#claimed });
    while (this.#looks[1] !== undefined && this.#looks[1].atMs <= nowMs - recentMs) this.#looks.shift();
  }
}
