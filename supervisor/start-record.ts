import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../core/base/atomic-file.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';

/** So many starts that did not end well, within so long, and the next one leaves out what Roost can do without. */
const crashLimit = 3;
const windowMs = 600_000;

export interface SafeMode {
  readonly crashes: number;
  readonly windowMs: number;
}

/** A run that nobody ended: it was killed, it crashed, or the machine lost its power. Wall times. */
export interface LastCrash {
  readonly startedAtMs: number;
  /** When it noted last that it lives. */
  readonly aliveAtMs: number;
}

const noteEveryMs = 10_000;

/** What the record of starts that did not end well asks for now. Records are of other runs, so wall time; one from the future is a clock that was set back. */
export function safeModeFor(startsAtMs: readonly number[], nowMs: number): SafeMode | null {
  const crashes = recent(startsAtMs, nowMs).length;
  return crashes < crashLimit ? null : { crashes, windowMs };
}

const recent = (startsAtMs: readonly number[], nowMs: number): readonly number[] => startsAtMs.filter((atMs) => atMs <= nowMs && atMs > nowMs - windowMs);

/** Remembers across runs, in `run/starts.json`, which starts of Roost did not end well. A file that cannot be read or written never keeps Roost from starting. */
export class StartRecord {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #scope: Scope;
  #starts: readonly number[] = [];
  #lastCrash: LastCrash | null = null;
  #ended = false;
  #failing = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { readonly dataDir: string; readonly clock: Clock; readonly log: Log }) {
    this.#path = join(options.dataDir, 'run', 'starts.json');
    this.#clock = options.clock;
    this.#log = options.log;
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('the record of starts failed in a step', { step, error }));
  }

  /** How the run before this one ended; null when somebody wanted its end, or there was none. */
  get lastCrash(): LastCrash | null {
    return this.#lastCrash;
  }

  /** From now on it notes that this run lives. */
  start(): void {
    this.#scope.every('alive', noteEveryMs, () => (this.#ended ? undefined : this.#write()));
  }

  async stop(): Promise<void> {
    await this.#scope.close();
    await this.#writing;
  }

  /** To call once per run, behind the lock of the data directory. From here on the run counts as a crash until it `endedWell`. */
  async begin(): Promise<SafeMode | null> {
    const nowMs = this.#clock.wallMs();
    const { starts: before, aliveAtMs } = await this.#read();
    const startedAtMs = before.at(-1);
    this.#lastCrash = startedAtMs === undefined ? null : { startedAtMs, aliveAtMs: Math.max(startedAtMs, aliveAtMs ?? 0) };
    this.#starts = [...recent(before, nowMs), nowMs];
    await this.#write();
    return safeModeFor(before, nowMs);
  }

  /** Somebody wanted the end: everything before is forgotten. */
  async endedWell(): Promise<void> {
    this.#ended = true;
    this.#starts = [];
    await this.#write();
  }

  async #read(): Promise<{ readonly starts: readonly number[]; readonly aliveAtMs: number | undefined }> {
    try {
      const { starts, aliveAtMs } = JSON.parse(await readFile(this.#path, 'utf8')) as { readonly starts?: unknown; readonly aliveAtMs?: unknown };
      return {
        starts: Array.isArray(starts) ? starts.filter((atMs): atMs is number => Number.isFinite(atMs)).slice(-100) : [],
        aliveAtMs: typeof aliveAtMs === 'number' && Number.isFinite(aliveAtMs) ? aliveAtMs : undefined,
      };
    } catch {
      // Missing at the first start; torn or strange by a crash: then nothing is known.
      return { starts: [], aliveAtMs: undefined };
    }
  }

  /** One after another: what was noted of a life must not land on top of its wanted end. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeNow());
    return this.#writing;
  }

  /** A failure is told once: it is tried again every ten seconds. */
  async #writeNow(): Promise<void> {
    try {
      await writeFileAtomic({ path: this.#path, text: `${JSON.stringify({ starts: this.#starts, aliveAtMs: this.#clock.wallMs() })}\n` });
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn('the record of starts cannot be written', { error });
      this.#failing = true;
    }
  }
}
