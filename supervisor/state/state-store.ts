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

  set<S extends SliceName>(slice: S, value: State[S]): void {
    this.#state = { ...this.#state, [slice]: value };
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

  /** Snapshot and subscription in one synchronous step: no publication can fall between them. */
  subscribe(listener: (publication: Publication) => void): { readonly state: State; readonly samples: readonly Sample[]; readonly off: () => void } {
    // Values waiting for their gap go out first, else the snapshot would hold them and the change would repeat them.
    for (const slice of [...this.#timers.keys()]) this.#publish(slice);
    return { state: this.#state, samples: [...this.#samples], off: this.#publications.on(listener) };
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
