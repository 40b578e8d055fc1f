import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';

/** So many starts that did not end well, within so long, and the next one leaves out what Roost can do without. */
const crashLimit = 3;
const windowMs = 600_000;

export interface SafeMode {
  readonly crashes: number;
  readonly windowMs: number;
}

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

  constructor(options: { readonly dataDir: string; readonly clock: Clock; readonly log: Log }) {
    this.#path = join(options.dataDir, 'run', 'starts.json');
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** To call once per run, behind the lock of the data directory. From here on the run counts as a crash until it `endedWell`. */
  async begin(): Promise<SafeMode | null> {
    const nowMs = this.#clock.wallMs();
    const before = await this.#read();
    await this.#write([...recent(before, nowMs), nowMs]);
    return safeModeFor(before, nowMs);
  }

  /** Somebody wanted the end: everything before is forgotten. */
  async endedWell(): Promise<void> {
    await this.#write([]);
  }

  async #read(): Promise<readonly number[]> {
    try {
      const { starts } = JSON.parse(await readFile(this.#path, 'utf8')) as { readonly starts?: unknown };
      return Array.isArray(starts) ? starts.filter((atMs): atMs is number => Number.isFinite(atMs)).slice(-100) : [];
    } catch {
      // Missing at the first start; torn or strange by a crash: then nothing is known.
      return [];
    }
  }

  async #write(starts: readonly number[]): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    try {
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify({ starts })}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      this.#log.warn('the record of starts cannot be written', { error });
    }
  }
}
