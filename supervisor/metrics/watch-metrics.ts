import { Gauge, type Registry } from 'prom-client';
import type { WatchView } from '../../contract/watch.js';

/** Figures of drop folders. Their names are a closed set: those of the config. */
export class WatchMetrics {
  readonly #up: Gauge<'watch'>;
  readonly #queued: Gauge<'watch'>;
  readonly #rejected: Gauge<'watch'>;
  readonly #behind: Gauge<'watch'>;
  readonly #lag: Gauge<'watch'>;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string): Gauge<'watch'> => new Gauge({ name, help, labelNames: ['watch'], registers: [registry] });
    this.#up = gauge('roost_watch_up', '1 while the drop folder can be looked at and takes items in.');
    this.#queued = gauge('roost_watch_queued_total', 'Items that became jobs.');
    this.#rejected = gauge('roost_watch_rejected_total', 'Items that were set aside.');
    this.#behind = gauge('roost_watch_behind', 'Items that wait for room in the queue; bytes for a log.');
    this.#lag = gauge('roost_watch_lag_seconds', 'Age of the oldest item that is not queued yet; 0 when there is none.');
  }

  fill(watches: readonly WatchView[]): void {
    // A drop folder that left the config must leave the figures, too.
    for (const gauge of [this.#up, this.#queued, this.#rejected, this.#behind, this.#lag]) gauge.reset();
    for (const { name, state, queued, rejected, behind, lagMs } of watches) {
      const labels = { watch: name };
      this.#up.set(labels, state === 'watching' ? 1 : 0);
      this.#queued.set(labels, queued);
      this.#rejected.set(labels, rejected);
      this.#behind.set(labels, behind);
      this.#lag.set(labels, (lagMs ?? 0) / 1_000);
    }
  }
}
