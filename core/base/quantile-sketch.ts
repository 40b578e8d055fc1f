/** Worst relative error of a quantile. */
const accuracy = 0.05;
const gamma = (1 + accuracy) / (1 - accuracy);
const logGamma = Math.log(gamma);
/** About 30 days in milliseconds: whatever is longer counts as this. */
const most = 2.6e9;

/**
 * Quantiles of durations in bounded memory: counts in buckets whose borders grow by a constant factor, so that
 * every answer is within 5 % of the true value (DDSketch: Masson, Rim and Lee, VLDB 2019). At most 218 buckets.
 * Two sketches add up to the sketch of both.
 */
export class QuantileSketch {
  readonly #buckets = new Map<number, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Milliseconds; negative ones (clocks of two machines) count as 0, what is no number is left out. */
  add(ms: number, times = 1): void {
    if (!Number.isFinite(ms)) return;
    this.#put(ms < 1 ? 0 : Math.ceil(Math.log(Math.min(ms, most)) / logGamma) + 1, times);
  }

  merge(other: QuantileSketch): void {
    for (const [bucket, times] of other.#buckets) this.#put(bucket, times);
  }

  /** By nearest rank. `share` 0..1; null while nothing was added. Below one millisecond all is 0. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    let rank = Math.max(0, Math.ceil(Math.min(1, Math.max(0, share)) * this.#count) - 1);
    for (const [bucket, times] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      rank -= times;
      if (rank < 0) return bucket === 0 ? 0 : (2 * gamma ** (bucket - 1)) / (gamma + 1);
    }
    return null;
  }

  /** Bucket, count, bucket, count …: for a file. */
  toJSON(): number[] {
    return [...this.#buckets].flat();
  }

  /** Out of a file that may hold anything: what does not fit is left out. */
  static from(flat: unknown): QuantileSketch {
    const sketch = new QuantileSketch();
    if (!Array.isArray(flat)) return sketch;
    for (let at = 0; at + 1 < flat.length; at += 2) {
      const bucket: unknown = flat[at];
      const times: unknown = flat[at + 1];
      if (Number.isInteger(bucket) && Number.isInteger(times) && Number(bucket) >= 0 && Number(bucket) < 300 && Number(times) > 0)
        sketch.#put(Number(bucket), Number(times));
    }
    return sketch;
  }

  #put(bucket: number, times: number): void {
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + times);
    this.#count += times;
  }
}
