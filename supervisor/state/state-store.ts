import type { Sample, SliceName, State } from '../../contract/state.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';

export type Publication =
  | { readonly kind: 'change'; readonly slice: SliceName; readonly value: unknown }
  | { readonly kind: 'sample'; readonly sample: Sample };

/** A screen needs no more than this many pictures of one slice a second. */
const minGapMs = 200;
/** Ten minutes of 1 Hz points. */
const keptSamples = 600;

/**
 * The state of the screen as slices. Writers replace a whole slice; equal values are not published,
 * and no slice is published more often than five times a second (the newest value wins).
 */
export class StateStore {
  readonly #clock: Clock;
  readonly #published: { [S in SliceName]: { json: string; atMs: number } };
  readonly #timers = new Map<SliceName, Timer>();
  readonly #publications = new Emitter<Publication>();
  readonly #arrivals = new Emitter<void>();
  /** Set while nobody listened: not compared with what was published before. */
  readonly #unread = new Set<SliceName>();
  #screens = 0;
  readonly #samples: Sample[] = [];
  #state: State;

  constructor(options: { readonly clock: Clock; readonly initial: State }) {
    this.#clock = options.clock;
    this.#state = options.initial;
    const marks = Object.entries(options.initial).map(([slice, value]) => [slice, { json: JSON.stringify(value), atMs: Number.NEGATIVE_INFINITY }]);
    this.#published = Object.fromEntries(marks);
  }

  /** The newest values, including those not yet published. */
  get state(): State {
    return this.#state;
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Screens that a person can see: a hidden window is none. */
  get screens(): number {
    return this.#screens;
  }

  /** Whether there is one: what is only for eyes may rest while none is. */
  get watched(): boolean {
    return this.#screens > 0;
  }

  /** Called when the first of them comes. */
  onWatched(listener: () => void): () => void {
    return this.#arrivals.on(listener);
  }

  set<S extends SliceName>(slice: S, value: State[S]): void {
    this.#state = { ...this.#state, [slice]: value };
    if (this.#publications.size === 0) {
      this.#unread.add(slice);
      return;
    }
    if (this.#timers.has(slice)) return;
    const waitMs = this.#published[slice].atMs + minGapMs - this.#clock.monoMs();
    if (waitMs <= 0) this.#publish(slice);
    else
      this.#timers.set(
        slice,
        this.#clock.after(waitMs, () => this.#publish(slice)),
      );
  }

  addSample(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length > keptSamples) this.#samples.splice(0, this.#samples.length - keptSamples);
    this.#publications.emit({ kind: 'sample', sample });
  }

  /**
   * Snapshot and subscription in one synchronous step: no publication can fall between them. A `part` of the
   * desktop that lives as long as Roost, like the tray, takes what there is and is no reason to hurry.
   */
  subscribe(
    listener: (publication: Publication) => void,
    who: 'screen' | 'part' = 'screen',
  ): { readonly state: State; readonly samples: readonly Sample[]; readonly off: () => void } {
    // Values waiting for their gap go out first, else the snapshot would hold them and the change would repeat them.
    for (const slice of [...this.#timers.keys()]) this.#publish(slice);
    for (const slice of this.#unread) this.#published[slice].json = JSON.stringify(this.#state[slice]);
    this.#unread.clear();
    const off = this.#publications.on(listener);
    const snapshot = { state: this.#state, samples: [...this.#samples] };
    if (who === 'part') return { ...snapshot, off };
    // After the snapshot is in the hands of whoever came.
    if (++this.#screens === 1) queueMicrotask(() => this.#arrivals.emit());
    let here = true;
    return {
      ...snapshot,
      off: () => {
        off();
        if (here) this.#screens--;
        here = false;
      },
    };
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #publish(slice: SliceName): void {
    this.#timers.get(slice)?.cancel();
    this.#timers.delete(slice);
    const json = JSON.stringify(this.#state[slice]);
    const mark = this.#published[slice];
    if (json === mark.json) return;
    mark.json = json;
    mark.atMs = this.#clock.monoMs();
    this.#publications.emit({ kind: 'change', slice, value: this.#state[slice] });
  }
}
