import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { Spawner } from './types.js';

/** What a start may take in its course: pipes on both ends, the guard, its log, the look at what the machine offers. */
const spawnNeeds = 16;
/** Kept for the door, the link to Redis and the logs: they must go on when nothing else can be opened. */
const reserved = 16;
const lookEveryMs = 1_000;
/** A limit that is reached by one process more is told once, not at every look. */
const calmLooks = 3;

/** Opening something harmless, as often as wanted; for tests another one. */
export interface Opener {
  /** Throws when nothing more can be opened. */
  open(): number;
  close(fd: number): void;
}

const nothing: Opener = { open: () => openSync('/dev/null', 'r'), close: closeSync };

/**
 * File descriptors put by. Short of them, processes are refused their start while the door stays open: without
 * a reserve the last ones go to whatever comes first, and nobody can look or help any more.
 */
export class FileReserve {
  readonly #opener: Opener;
  readonly #scope: Scope;
  readonly #log: Log;
  readonly #platform: NodeJS.Platform;
  readonly #held: number[] = [];
  #short = false;
  #calm = 0;
  /** The last look found room for two starts: the next one need not look again, it may be somebody's way back from a death. */
  #ample = false;

  constructor(options: { readonly clock: Clock; readonly log: Log; readonly opener?: Opener; readonly platform?: NodeJS.Platform }) {
    this.#opener = options.opener ?? nothing;
    this.#log = options.log;
    this.#platform = options.platform ?? process.platform;
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('the reserve of file descriptors failed in a step', { step, error }));
  }

  /** True while nothing may be started for want of file descriptors. */
  get short(): boolean {
    return this.#short;
  }

  start(): void {
    // Windows has no such limit worth a reserve.
    if (this.#platform === 'win32') return;
    this.#look();
    this.#scope.every('look', lookEveryMs, () => this.#look());
    this.#scope.add('reserve', () => this.#release());
  }

  stop(): Promise<void> {
    return this.#scope.close();
  }

  /** Throws EMFILE, as the system would a moment later, when a start would take the last ones. */
  assertRoom(): void {
    if (this.#scope.closed || this.#platform === 'win32') return;
    const known = this.#ample;
    this.#ample = false;
    if (known) return;
    if (!this.#short && this.#hasRoom(spawnNeeds)) return;
    this.#fallShort();
    throw Object.assign(new Error('no file descriptors left for another process'), { code: 'EMFILE' });
  }

  /** The same spawner, asked only while there is room. */
  guard(spawner: Spawner): Spawner {
    return {
      spawn: (launch, env) => {
        this.assertRoom();
        return spawner.spawn(launch, env);
      },
      ...(spawner.prepare === undefined ? {} : { prepare: (env) => (this.#short ? undefined : spawner.prepare?.(env)) }),
      ...(spawner.dismiss === undefined ? {} : { dismiss: () => spawner.dismiss?.() }),
    };
  }

  #look(): void {
    if (!this.#short) {
      const filled = this.#fill();
      this.#ample = filled && this.#hasRoom(2 * spawnNeeds);
      // Two: one for a caller, one for what the answer needs.
      if (!filled || !(this.#ample || this.#hasRoom(2))) this.#fallShort();
      return;
    }
    // Some come free and are taken again at once while things end: only calm is the end of it.
    this.#calm = this.#hasRoom(reserved + spawnNeeds) ? this.#calm + 1 : 0;
    if (this.#calm < calmLooks) return;
    this.#short = false;
    this.#fill();
    this.#log.info('file descriptors are free again');
  }

  #fallShort(): void {
    this.#calm = 0;
    this.#ample = false;
    this.#release();
    if (this.#short) return;
    this.#short = true;
    this.#log.warn('file descriptors are running out: no process is started until some are free', { limit: openFilesLimit() });
  }

  #fill(): boolean {
    try {
      while (this.#held.length < reserved) this.#held.push(this.#opener.open());
      return true;
    } catch {
      return false;
    }
  }

  #release(): void {
    for (const fd of this.#held.splice(0)) this.#opener.close(fd);
  }

  #hasRoom(count: number): boolean {
    const tried: number[] = [];
    try {
      while (tried.length < count) tried.push(this.#opener.open());
      return true;
    } catch {
      return false;
    } finally {
      for (const fd of tried) this.#opener.close(fd);
    }
  }
}

/** The soft limit in the text of /proc/<pid>/limits; null without one. */
export function parseOpenFiles(text: string): number | null {
  const found = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

/** How many file descriptors this process may have; null where the system does not tell. */
export function openFilesLimit(): number | null {
  try {
    return process.platform === 'linux' ? parseOpenFiles(readFileSync('/proc/self/limits', 'utf8')) : null;
  } catch {
    // No descriptor left even for this.
    return null;
  }
}
