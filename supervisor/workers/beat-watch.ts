import type { FromWorker } from '../../contract/messages.js';

export type Beat = Extract<FromWorker, { type: 'beat' }>;

/** A gap of the watcher itself longer than this means that the machine slept or the loop was blocked. */
const ownGapMs = 10_000;

/**
 * Decides from beats whether a worker still lives. Silence counts only time in which the watcher
 * itself was awake: after a sleep or a blocked loop the worker gets one full limit again.
 */
export class BeatWatch {
  readonly #silenceLimitMs: number;
  #beat: Beat | null = null;
  #lastBeatMono = 0;
  #lastLookMono: number | undefined;

  constructor(options: { readonly silenceLimitMs: number }) {
    this.#silenceLimitMs = options.silenceLimitMs;
  }

  get beat(): Beat | null {
    return this.#beat;
  }

  reset(monoMs: number): void {
    this.#beat = null;
    this.#lastBeatMono = monoMs;
  }

  take(beat: Beat, monoMs: number): void {
    // An old beat delivered late says nothing about now.
    if (this.#beat !== null && beat.seq <= this.#beat.seq) return;
    this.#beat = beat;
    this.#lastBeatMono = monoMs;
  }

  /** Why the worker must be replaced, or undefined while it may live. Call about once a second. */
  verdict(monoMs: number): string | undefined {
    const gap = this.#lastLookMono === undefined ? 0 : monoMs - this.#lastLookMono;
    this.#lastLookMono = monoMs;
    if (gap > ownGapMs) this.#lastBeatMono = monoMs;
    const silentMs = monoMs - this.#lastBeatMono;
    if (silentMs <= this.#silenceLimitMs) return undefined;
    const held = this.#beat?.jobs.map((job) => `${job.name} ${job.id} of ${job.queue}`).slice(0, 3) ?? [];
    return `no beat for ${Math.round(silentMs / 1_000)} s${held.length === 0 ? '' : `; it held ${held.join(', ')}`}`;
  }
}
