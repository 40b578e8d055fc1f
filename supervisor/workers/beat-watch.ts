import type { FromWorker } from '../../contract/messages.js';

export type Beat = Extract<FromWorker, { type: 'beat' }>;

/** A gap of the watcher itself longer than this means that the machine slept or the loop was blocked. */
const ownGapMs = 10_000;

export interface BeatWatchOptions {
  /** Longest silence. */
  readonly silenceLimitMs: number;
  /** Longest standstill of a job, on top of what it announced. */
  readonly progressLimitMs: number;
}

/** One job in hand as seen from here: since when it stands still, by our own clock. */
interface HeldJob {
  readonly text: string;
  readonly sinceMs: number | null;
  steps: number | undefined;
  movedMono: number;
}

/**
 * Two clocks of one worker. Its beats say that its loop turns; its steps say that its jobs move. A
 * worker with a hung job beats on, so the second clock is the one that finds it. Both count only time
 * in which the watcher itself was awake and nothing excused the worker: after a sleep, a blocked loop
 * or an outage of Redis each gets a full limit again. All times are monotonic and our own.
 */
export class BeatWatch {
  readonly #options: BeatWatchOptions;
  #beat: Beat | null = null;
  #beatMono = 0;
  #movedMono = 0;
  #lookMono: number | undefined;
  #goodMono = 0;
  readonly #jobs = new Map<string, HeldJob>();

  constructor(options: BeatWatchOptions) {
    this.#options = options;
  }

  get beat(): Beat | null {
    return this.#beat;
  }

  /** Age of the newest beat; null before the first. */
  ageMs(monoMs: number): number | null {
    return this.#beat === null ? null : Math.max(0, Math.round(monoMs - this.#beatMono));
  }

  /** Whether the newest beat is at most `withinMs` old and names every job in hand. */
  toldAll(monoMs: number, withinMs: number): boolean {
    return this.#beat !== null && monoMs - this.#beatMono <= withinMs && this.#beat.busySlots === this.#beat.jobs.length;
  }

  /** When it last was as it should be; means something after a verdict. */
  get goodMono(): number {
    return this.#goodMono;
  }

  /** A new life begins. */
  reset(monoMs: number): void {
    this.#beat = null;
    this.#jobs.clear();
    this.grant(monoMs);
  }

  /** Every clock starts again: time has passed that says nothing about the worker. */
  grant(monoMs: number): void {
    this.#beatMono = monoMs;
    this.#movedMono = monoMs;
    for (const job of this.#jobs.values()) job.movedMono = monoMs;
  }

  take(beat: Beat, monoMs: number): void {
    const before = this.#beat;
    // An old beat delivered late says nothing about now.
    if (before !== null && beat.seq <= before.seq) return;
    this.#beat = beat;
    this.#beatMono = monoMs;
    if (beat.busySlots === 0 || beat.excused === true || beat.progress !== before?.progress) this.#movedMono = monoMs;
    this.#follow(beat, monoMs);
  }

  /** Heard of a job apart from the beats: one that stops everything at once is named all the same. The next beat knows better. */
  heardOf(job: Pick<Beat['jobs'][number], 'queue' | 'id' | 'name'>, monoMs: number): void {
    const key = `${job.queue}\n${job.id}`;
    if (!this.#jobs.has(key)) this.#jobs.set(key, { text: textOf(job), sinceMs: null, steps: undefined, movedMono: monoMs });
  }

  /** Why the worker must be replaced, or undefined while it may live. Call about once a second. */
  verdict(monoMs: number): string | undefined {
    const gapMs = this.#lookMono === undefined ? 0 : monoMs - this.#lookMono;
    this.#lookMono = monoMs;
    if (gapMs > ownGapMs) this.grant(monoMs);
    const silentMs = monoMs - this.#beatMono;
    this.#goodMono = this.#beatMono;
    if (silentMs > this.#options.silenceLimitMs) return `no beat for ${seconds(silentMs)}${this.#held()}`;
    return this.#standstill(monoMs);
  }

  #follow(beat: Beat, monoMs: number): void {
    const present = new Set<string>();
    for (const job of beat.jobs) {
      const key = `${job.queue}\n${job.id}`;
      present.add(key);
      const known = this.#jobs.get(key);
      // The same job taken once more is another matter.
      if (known?.sinceMs !== job.sinceMs) this.#jobs.set(key, { text: textOf(job), sinceMs: job.sinceMs, steps: job.steps, movedMono: monoMs });
      else if (known.steps !== job.steps || (job.quietMs ?? 0) > 0 || beat.excused === true) {
        known.steps = job.steps;
        known.movedMono = monoMs;
      }
    }
    for (const key of [...this.#jobs.keys()]) if (!present.has(key)) this.#jobs.delete(key);
  }

  /** One job that hangs is enough, however well the others move: it keeps its slot for ever. */
  #standstill(monoMs: number): string | undefined {
    const beat = this.#beat;
    if (beat === null || beat.busySlots === 0) return undefined;
    const stuck = [...this.#jobs.values()].filter((job) => job.steps !== undefined && monoMs - job.movedMono > this.#options.progressLimitMs);
    const oldest = stuck.reduce<HeldJob | undefined>((one, job) => (one === undefined || job.movedMono < one.movedMono ? job : one), undefined);
    if (oldest !== undefined) {
      this.#goodMono = oldest.movedMono;
      const more = stuck.length === 1 ? '' : `, nor in ${stuck.length - 1} more`;
      return `it beats but made no progress for ${seconds(monoMs - oldest.movedMono)} in ${oldest.text}${more}`;
    }
    const stillMs = monoMs - this.#movedMono;
    this.#goodMono = this.#movedMono;
    return stillMs > this.#options.progressLimitMs ? `it beats but made no progress for ${seconds(stillMs)}${this.#held()}` : undefined;
  }

  #held(): string {
    const held = [...this.#jobs.values()].map((job) => job.text);
    if (held.length === 0) return '';
    return `; it held ${held.slice(0, 3).join(', ')}${held.length > 3 ? ` and ${held.length - 3} more` : ''}`;
  }
}

const textOf = (job: Pick<Beat['jobs'][number], 'queue' | 'id' | 'name'>): string => `${job.name} ${job.id} of ${job.queue}`;
const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
