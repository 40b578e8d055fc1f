import type { SliceName } from '../../contract/state.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Publication, StateStore } from './state-store.js';

/** Well below what a screen takes for a connection that died (15 s), and as often as an idle Roost looks at itself. */
export const restEveryMs = 5_000;

/**
 * What a screen is told that nobody sees: now and then the newest value of each slice that changed, for the title of its tab, and no
 * points for charts. Something is sent each time, so that silence still means a lost connection. It is no reason to look at anything.
 */
export class RestingFeed {
  readonly #state: Pick<StateStore, 'state'>;
  readonly #send: (publication: Publication) => void;
  readonly #changed = new Set<SliceName>();
  readonly #off: () => void;
  readonly #timer: Timer;

  constructor(options: { readonly state: Pick<StateStore, 'state' | 'subscribe'>; readonly clock: Clock; readonly send: (publication: Publication) => void }) {
    this.#state = options.state;
    this.#send = options.send;
    const { off } = options.state.subscribe((publication) => {
      if (publication.kind === 'change') this.#changed.add(publication.slice);
    }, 'part');
    this.#off = off;
    this.#timer = options.clock.every(restEveryMs, () => this.#flush());
  }

  stop(): void {
    this.#off();
    this.#timer.cancel();
  }

  #flush(): void {
    const slices = this.#changed.size === 0 ? (['health'] as const) : [...this.#changed];
    this.#changed.clear();
    for (const slice of slices) this.#send({ kind: 'change', slice, value: this.#state.state[slice] });
  }
}
