/** The last few durations of something that repeats, for honest estimates. */
export class Durations {
  readonly #kept: number[] = [];
  readonly #most: number;
  readonly #fallbackMs: number;

  constructor(options: { readonly most: number; readonly fallbackMs: number }) {
    this.#most = options.most;
    this.#fallbackMs = options.fallbackMs;
  }

  add(durationMs: number): void {
    if (!Number.isFinite(durationMs) || durationMs < 0) return;
    this.#kept.push(durationMs);
    if (this.#kept.length > this.#most) this.#kept.shift();
  }

  /**
   * What one lasts, also told by those that go on: all time there was, by all ends there were (the maximum-likelihood mean of an
   * exponential with censored observations). `openMs` are the ages of those that have not ended; the fallback counts as one end.
   */
  meanMs(openMs: readonly number[]): number {
    const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
    return this.#kept.length === 0 ? this.#fallbackMs + sum(openMs) : (sum(this.#kept) + sum(openMs)) / this.#kept.length;
  }

  /** The middle one; the fallback while nothing is known. */
  get medianMs(): number {
    return [...this.#kept].sort((a, b) => a - b)[Math.floor(this.#kept.length / 2)] ?? this.#fallbackMs;
  }
}
