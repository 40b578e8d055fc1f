import { beatsOf, type ServiceConfig } from '../../contract/services.js';
import type { ExitCause } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { sleep } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { sameProcess } from '../process/identity.js';
import { stallEvidence } from '../process/stall-evidence.js';
import { sendSignal } from '../process/tree.js';
import type { Incarnation } from '../process/types.js';
import { Beats } from './beats.js';
import { type Answer, ask, type ProbeTools, probeName } from './probes.js';
import { recycleDelayMs } from './verdicts.js';
import { type Word, wordOf } from './words.js';

export interface LifeWatchOptions {
  readonly name: string;
  readonly config: ServiceConfig;
  readonly tools: ProbeTools;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `lastSignMono`: when it was last seen to work. */
  condemn(cause: ExitCause, why: string, lastSignMono?: number): void;
  /** Its answers say something else than before. */
  changed(): void;
}

/** What a program writes when it is told to say where it stands takes a moment. */
const dumpMs = 500;

/** Watches one life of a service: asks it, or listens to its beats, and ends it when it is old. A late word of an earlier life goes to the watch of that life. */
export class LifeWatch {
  readonly #options: LifeWatchOptions;
  readonly #scope: Scope;
  #beats: Beats | undefined;
  /** What it said before it was ready, the newest of each kind. */
  readonly #early = new Map<Word['kind'], { readonly word: Word; readonly mono: number }>();
  #lastAnswer: Answer = null;
  #misses = 0;
  #looking = false;

  constructor(options: LifeWatchOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.error('a step of a service failed', { service: options.name, step, error }));
  }

  /** What was wrong with it when it was asked last; null while it is well. */
  get trouble(): string | null {
    const { alive } = this.#options.config;
    if (this.#lastAnswer === null) return null;
    return `${alive === undefined ? 'its probe' : probeName(alive)} ${this.#lastAnswer}, ${this.#misses} times in a row`;
  }

  /** Age of its newest word, null before the first; undefined for one that does not beat. */
  statusAgeMs(): number | null | undefined {
    return this.#beats?.ageMs(this.#options.clock.monoMs());
  }

  /** A line of its output; true when it was a word to Roost, which does not belong in the log. */
  heard(line: string): boolean {
    const word = wordOf(line);
    if (word === null || word.kind === 'ready') return false;
    this.#said(word);
    return true;
  }

  /** It is ready: from now on it is watched. */
  begin(incarnation: Incarnation): void {
    const { clock, random, config } = this.#options;
    const { alive, recycle } = config;
    if (recycle !== undefined) {
      const timer = clock.after(recycleDelayMs(recycle, random), () => this.#options.condemn('recycled', 'it has run long enough and is replaced, as planned'));
      this.#scope.add('recycle', () => timer.cancel());
    }
    if (alive === undefined) return;
    const limits = beatsOf(alive);
    if (limits !== undefined) {
      const lookEveryMs = Math.min(1_000, limits.silence / 4);
      const beats = new Beats({ limits, lookEveryMs, startedMono: clock.monoMs(), graceMs: alive.startupGrace });
      this.#beats = beats;
      for (const { word, mono } of this.#early.values()) beats.take(word, mono);
      this.#scope.every('beats', lookEveryMs, () => {
        const why = beats.verdict(clock.monoMs());
        if (why !== undefined) return this.#end(incarnation, 'stalled', why, beats.goodMono(clock.monoMs()), () => beats.judge(clock.monoMs()) !== undefined);
      });
      return;
    }
    const countsFromMs = clock.monoMs() + alive.startupGrace;
    let answeredMono = clock.monoMs();
    this.#scope.every('alive', alive.every, async () => {
      const askedMono = clock.monoMs();
      const answer = await ask(alive, this.#options.tools, alive.timeout, this.#scope.signal);
      if (this.#scope.closed || this.#looking) return;
      // It worked when it was asked; what came after is not known.
      if (answer === null) answeredMono = askedMono;
      if (answer !== null && clock.monoMs() < countsFromMs) return;
      const before = this.#lastAnswer;
      this.#lastAnswer = answer;
      this.#misses = answer === null ? 0 : this.#misses + 1;
      if (answer !== before) this.#options.changed();
      if (this.#misses >= alive.failures) await this.#end(incarnation, 'unresponsive', this.trouble ?? '', answeredMono, () => true);
    });
  }

  /** The machine slept, or is about to. */
  grantFreshLimit(): void {
    this.#beats?.grant(this.#options.clock.monoMs());
    this.#misses = 0;
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #said(word: Word): void {
    const mono = this.#options.clock.monoMs();
    if (this.#beats === undefined) this.#early.set(word.kind, { word, mono });
    else this.#beats.take(word, mono);
  }

  /** Looks at it once more before it is ended: afterwards nobody can. */
  async #end(incarnation: Incarnation, cause: 'stalled' | 'unresponsive', why: string, lastSignMono: number, still: () => boolean): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { clock, config } = this.#options;
    try {
      incarnation.log.note(`seems to hang: ${why}`);
      const evidence = await stallEvidence({ clock, pid: incarnation.pid });
      for (const line of evidence.lines) incarnation.log.note(`evidence: ${line}`);
      const { identity } = incarnation;
      const dump = config.alive?.dump;
      if (dump !== undefined && process.platform !== 'win32' && identity !== null && sameProcess(identity)) {
        incarnation.log.note(`sent ${dump}, so that it writes where it stands`);
        sendSignal(identity.pid, dump);
        await sleep(clock, dumpMs, this.#scope.signal);
      }
      if (this.#scope.closed) return;
      if (still()) this.#options.condemn(cause, `${why}; ${evidence.summary}`, lastSignMono);
      else incarnation.log.note('it is left alone: it came back meanwhile');
    } finally {
      this.#looking = false;
    }
  }
}
