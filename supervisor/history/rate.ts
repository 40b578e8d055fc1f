const seconds = 300;

/** Ends per second of the last five minutes, in a ring. */
export class Rate {
  readonly #at = new Float64Array(seconds).fill(-1);
  readonly #all = new Uint32Array(seconds);
  readonly #failed = new Uint32Array(seconds);

  add(atMs: number, failed: boolean): void {
    const second = Math.floor(atMs / 1_000);
    const slot = ((second % seconds) + seconds) % seconds;
    const known = this.#at[slot] ?? -1;
    // A straggler from longer ago than the ring reaches.
    if (known > second) return;
    if (known < second) {
      this.#at[slot] = second;
      this.#all[slot] = 0;
      this.#failed[slot] = 0;
    }
    this.#all[slot] = (this.#all[slot] ?? 0) + 1;
    if (failed) this.#failed[slot] = (this.#failed[slot] ?? 0) + 1;
  }

  perMinute(nowMs: number): { readonly all: number; readonly failed: number } {
    const minute = this.#since(nowMs, 60);
    if (minute.all > 0) return minute;
    const five = this.#since(nowMs, seconds);
    return { all: five.all / 5, failed: five.failed / 5 };
  }

  #since(nowMs: number, span: number): { readonly all: number; readonly failed: number } {
    const oldest = Math.floor(nowMs / 1_000) - span;
    let [all, failed] = [0, 0];
    for (let slot = 0; slot < seconds; slot++) {
      if ((this.#at[slot] ?? -1) <= oldest) continue;
      all += this.#all[slot] ?? 0;
      failed += this.#failed[slot] ?? 0;
    }
    return { all, failed };
  }
}

/** Milliseconds until `waiting` jobs are done at this rate; null when nothing moves. Nothing waits: none. */
export function clearMs(waiting: number, perMinute: number, paused: boolean): number | null {
  if (waiting === 0) return 0;
  return paused || perMinute <= 0 ? null : Math.round((waiting / perMinute) * 60_000);
}
