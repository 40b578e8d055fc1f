import type { Span } from '../../contract/state.js';
import type { TurnWork } from '../../contract/turn-work.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import { effectsIn, type Standing } from './slowness.js';
import type { LiveOutput, TurnFeed } from './turn-feed.js';

/** Readers see new output at most this often; Redis gets it less often, and less often still as it grows. */
const tellEveryMs = 40;
const writeEveryMs = 250;
const writtenCharsPerSecond = 400_000;
const maxNotes = 200;
/** Notes have no other way into the record, so they are brought as soon as Redis is back. */
const noteRetryMs = 1_000;
const noteTries = 60;

export interface LiveTurnOptions {
  readonly turnId: string;
  readonly createdAtMs: number;
  /** Notes of earlier deliveries of this turn. */
  readonly earlier?: readonly Span[];
  readonly turns: Pick<TurnStore, 'patch' | 'setAgentTrace'>;
  readonly feed: TurnFeed;
  readonly clock: Clock;
  readonly log: Log;
}

/** The output of one turn on its way to readers and to Redis, both throttled; writing is best effort until the turn ends. */
export class LiveTurn {
  readonly #options: LiveTurnOptions;
  readonly #notes: Span[];
  #output: LiveOutput = { text: '', progress: null };
  #waiting = false;
  #waitingSinceMs = 0;
  /** Calls that may change something and are known to have begun. */
  readonly #begun = new Set<string>();
  #asked = false;
  #askedMs: number | undefined;
  #changedMs = 0;
  readonly #runningSince = new Map<string, number>();
  #toldMs = Number.NEGATIVE_INFINITY;
  #tellTimer: Timer | undefined;
  #writeTimer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #changed = false;
  #noted = false;
  #finished = false;

  constructor(options: LiveTurnOptions) {
    this.#options = options;
    this.#notes = [...(options.earlier ?? [])];
  }

  get text(): string {
    return this.#output.text;
  }

  /** Another agent begins from the start. */
  restart(): void {
    this.#waiting = false;
    if (this.#output.text !== '' || this.#output.progress !== null) this.output({ text: '', progress: null });
  }

  say(progress: string): void {
    this.output({ ...this.#output, progress });
  }

  /** The turn was put to an agent. */
  asked(): void {
    this.#askedMs = this.#options.clock.monoMs();
    this.#changedMs = this.#askedMs;
    this.#runningSince.clear();
    this.#begun.clear();
  }

  get work(): TurnWork | null {
    return this.#output.work ?? null;
  }

  /** Where it stands: for whoever has to say what takes so long. */
  get standing(): Standing {
    const now = this.#options.clock.monoMs();
    return {
      askedForMs: this.#askedMs === undefined ? null : now - this.#askedMs,
      silentForMs: now - this.#changedMs,
      textChars: this.#output.text.length,
      work: this.work,
      runningForMs: (id) => now - (this.#runningSince.get(id) ?? now),
    };
  }

  output(output: LiveOutput): void {
    this.#changedMs = this.#options.clock.monoMs();
    for (const { id, status } of output.work?.tools ?? [])
      if (status === 'in_progress' && !this.#runningSince.has(id)) this.#runningSince.set(id, this.#changedMs);
    this.#output = { ...output, waiting: this.#waiting };
    this.#changed = true;
    this.#tell();
    if (this.#begins(output.work ?? null)) void this.#writeNow();
    else this.#writeSoon();
  }

  /** Resolves once what has begun so far stands in Redis, or Redis did not take it in time. */
  written(): Promise<void> {
    return this.#changed ? this.#writeNow() : (this.#writing ?? Promise.resolve());
  }

  /** A person is waited for; told at once, since somebody has to act. */
  waiting(waiting: boolean): void {
    const nowMs = this.#options.clock.monoMs();
    if (waiting && !this.#waiting) this.#waitingSinceMs = nowMs;
    if (!waiting && this.#waiting) this.#forgive(nowMs - this.#waitingSinceMs);
    this.#waiting = waiting;
    this.#asked = true;
    this.output(this.#output);
  }

  note(step: string, note: string): void {
    if (this.#notes.length >= maxNotes) return;
    const atMs = Math.max(0, this.#options.clock.wallMs() - this.#options.createdAtMs);
    this.#notes.push({ step, startMs: atMs, endMs: atMs, note });
    this.#noted = true;
    this.#writeSoon();
  }

  /** Writes what is left; the end of the turn follows. */
  async finish(): Promise<void> {
    this.#finished = true;
    if (this.#tellTimer !== undefined) {
      this.#tellTimer.cancel();
      this.#options.feed.live(this.#options.turnId, this.#output);
    }
    this.#writeTimer?.cancel();
    await this.#writing;
    // The whole text comes with the end of the turn; only the notes and the work have no other way.
    this.#changed = false;
    await this.#write();
    await this.#writeWork();
    this.#bringNotes(noteTries);
  }

  async #writeWork(): Promise<void> {
    const { turns, clock, turnId, log } = this.#options;
    const { work } = this.#output;
    if (work == null) return;
    await call(clock, turns.patch(turnId, { work })).catch((error: unknown) => log.debug('the work of a turn was not written', { turn: turnId, error }));
  }

  #bringNotes(tries: number): void {
    if (!this.#noted || tries === 0) return;
    this.#options.clock.after(noteRetryMs, () => void this.#write().then(() => this.#bringNotes(tries - 1)));
  }

  #tell(): void {
    if (this.#tellTimer !== undefined) return;
    const { clock, feed, turnId } = this.#options;
    const tell = (): void => {
      this.#tellTimer = undefined;
      this.#toldMs = clock.monoMs();
      feed.live(turnId, this.#output);
    };
    const waitMs = this.#toldMs + tellEveryMs - clock.monoMs();
    if (waitMs <= 0) tell();
    else this.#tellTimer = clock.after(waitMs, tell);
  }

  /** Something begins that must not simply be done again: a death of Roost in the next moment must not hide it. */
  #begins(work: TurnWork | null): boolean {
    const before = this.#begun.size;
    for (const { id } of effectsIn(work)) this.#begun.add(id);
    return this.#begun.size > before;
  }

  /** Nothing ran and nobody was silent while a person thought. */
  #forgive(waitedMs: number): void {
    if (this.#askedMs !== undefined) this.#askedMs += waitedMs;
    for (const [id, sinceMs] of this.#runningSince) this.#runningSince.set(id, sinceMs + waitedMs);
  }

  #writeSoon(): void {
    if (this.#finished || this.#writeTimer !== undefined || this.#writing !== undefined) return;
    const delayMs = Math.max(writeEveryMs, (this.#output.text.length / writtenCharsPerSecond) * 1_000);
    this.#writeTimer = this.#options.clock.after(delayMs, () => void this.#writeNow());
  }

  /** After the write under way, if there is one. */
  #writeNow(): Promise<void> {
    if (this.#finished) return Promise.resolve();
    this.#writeTimer?.cancel();
    this.#writeTimer = undefined;
    const writing = (this.#writing ?? Promise.resolve())
      .then(() => this.#write())
      .finally(() => {
        if (this.#writing !== writing) return;
        this.#writing = undefined;
        if (this.#changed || this.#noted) this.#writeSoon();
      });
    this.#writing = writing;
    return writing;
  }

  async #write(): Promise<void> {
    const { turns, clock, turnId, log } = this.#options;
    try {
      if (this.#changed) {
        this.#changed = false;
        const { waiting, work, ...output } = this.#output;
        const status = waiting === true ? ('waiting-human' as const) : ('running' as const);
        // Only after a question was asked: before it the status is the worker's.
        await call(clock, turns.patch(turnId, { ...output, ...(work == null ? {} : { work }), ...(this.#asked ? { status } : {}) }));
      }
    } catch (error) {
      log.debug('the output of a turn was not written', { turn: turnId, error });
    }
    if (!this.#noted) return;
    this.#noted = false;
    try {
      await call(clock, turns.setAgentTrace(turnId, this.#notes));
    } catch (error) {
      this.#noted = true;
      log.debug('the notes of a turn were not written', { turn: turnId, error });
    }
  }
}
