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

  /** The middle one; the fallback while nothing is known. */
  get medianMs(): number {
    return [...this.#kept].sort((a, b) => a - b)[Math.floor(this.#kept.length / 2)] ?? this.#fallbackMs;
  }
}
