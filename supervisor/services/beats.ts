import type { BeatsConfig } from '../../contract/services.js';
import type { Word } from './words.js';

/** Longest silence that may be announced at once; who needs more says so again. */
export const longestQuietMs = 600_000;

/**
 * Two clocks of one life of a service that beats: beats say that its loop turns, its progress says that
 * work moves. Both count only time in which the watcher itself was awake: after a sleep or a blocked
 * loop each begins anew. All times are monotonic and our own.
 */
export class Beats {
  readonly #limits: BeatsConfig;
  /** Longer between two looks, and the watcher itself was away. */
  readonly #ownGapMs: number;
  /** Nothing before it counts: the start-up grace, an announced silence, the watcher's own absence. */
  #countsFromMono: number;
  #beatMono: number | null = null;
  #movedMono: number | null = null;
  #progress: number | undefined;
  #busy = false;
  #doing: string | undefined;
  #lookMono: number;

  constructor(options: { readonly limits: BeatsConfig; readonly lookEveryMs: number; readonly startedMono: number; readonly graceMs: number }) {
    this.#limits = options.limits;
    this.#ownGapMs = options.lookEveryMs * 2.5;
    this.#countsFromMono = options.startedMono + options.graceMs;
    this.#lookMono = options.startedMono;
  }

  /** Age of the newest word; null before the first. */
  ageMs(mono: number): number | null {
    return this.#beatMono === null ? null : Math.max(0, Math.round(mono - this.#beatMono));
  }

  take(word: Word, mono: number): void {
    if (word.kind === 'ready') return;
    this.#beatMono = mono;
    if (word.kind === 'quiet') {
      this.#countsFromMono = Math.max(this.#countsFromMono, mono + Math.min(word.forMs, longestQuietMs));
      return;
    }
    this.#busy = word.busy ?? word.progress !== undefined;
    this.#doing = word.doing;
    const moved = word.progress !== undefined && word.progress !== this.#progress;
    if (moved || !this.#busy || this.#movedMono === null) this.#movedMono = mono;
    // Whoever works again has ended the silence it announced.
    if (moved && this.#progress !== undefined) this.#countsFromMono = Math.min(this.#countsFromMono, mono);
    this.#progress = word.progress ?? this.#progress;
  }

  /** Time has passed that says nothing about the service. */
  grant(mono: number): void {
    this.#countsFromMono = Math.max(this.#countsFromMono, mono);
  }

  /** Why it must be replaced, as the end of "it …", or undefined while it may live. To call every `lookEveryMs`. */
  verdict(mono: number): string | undefined {
    const gapMs = mono - this.#lookMono;
    this.#lookMono = mono;
    if (gapMs > this.#ownGapMs) this.grant(mono);
    return this.judge(mono);
  }

  /** When it last was as it should be. */
  goodMono(mono: number): number {
    const silent = mono - Math.max(this.#beatMono ?? 0, this.#countsFromMono) > this.#limits.silence;
    return Math.max((silent ? this.#beatMono : this.#movedMono) ?? 0, this.#countsFromMono);
  }

  /** The same without a look: between two of them. */
  judge(mono: number): string | undefined {
    const silentMs = mono - Math.max(this.#beatMono ?? 0, this.#countsFromMono);
    const held = this.#doing === undefined ? '' : `; it held ${this.#doing}`;
    if (silentMs > this.#limits.silence) return `${this.#beatMono === null ? 'it never beat' : 'no beat'} for ${seconds(silentMs)}${held}`;
    const { progress } = this.#limits;
    if (progress === undefined || !this.#busy || this.#progress === undefined) return undefined;
    const stillMs = mono - Math.max(this.#movedMono ?? 0, this.#countsFromMono);
    return stillMs > progress ? `it beats but made no progress for ${seconds(stillMs)}${this.#doing === undefined ? '' : ` in ${this.#doing}`}` : undefined;
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
