import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { OwnFile } from '../../contract/handler-messages.js';
import { type HandlerSpec, handlerSpecs } from '../../contract/handlers.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { type HandlerProcess, UnreadableFile } from './handler-process.js';

export interface HandlerCatalogueOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Absolute path of the folder of own handlers; null when the config names none. */
  folder(): string | null;
  /** Queues by handler, from the config. */
  routes(): Readonly<Record<string, string>>;
  /** A fresh process to load the files in: never our own. */
  spare(): Promise<Pick<HandlerProcess, 'list' | 'end'>>;
  /** The files as they are now, after every change. */
  onRead(files: readonly OwnFile[]): void;
  readonly lookEveryMs?: number;
  /** The first pause before files that could not be read are tried once more; each further one is twice as long. */
  readonly retryMs?: number;
}

const loadWithinMs = 10_000;
/** More files than that in one folder are not handlers. */
const maxFiles = 200;
const firstPauseMs = 5_000;
const mostPauseMs = 10 * 60_000;

/**
 * All handlers there are: those of Roost, and a user's own, read anew whenever a file of the folder changes. What took
 * too long is tried again without a change: a busy machine must not take a good handler away until somebody edits it.
 */
export class HandlerCatalogue {
  readonly #options: HandlerCatalogueOptions;
  readonly #scope: Scope;
  #revision = '';
  /** The revision that was read to its end. */
  #read = '';
  #looking = false;
  #pauseMs: number;
  #retryMono = Number.POSITIVE_INFINITY;
  #files: readonly OwnFile[] = [];
  #own: ReadonlyMap<string, HandlerSpec> = new Map();

  constructor(options: HandlerCatalogueOptions) {
    this.#options = options;
    this.#pauseMs = options.retryMs ?? firstPauseMs;
    this.#scope = new Scope(options.clock, (_step, error) => options.log.warn('the folder of own handlers cannot be read', { error }));
  }

  /** Changes with every change in the folder. */
  get revision(): string {
    return this.#revision;
  }

  get files(): readonly OwnFile[] {
    return this.#files;
  }

  get specs(): readonly HandlerSpec[] {
    return [...Object.keys(handlerSpecs), ...this.#own.keys()].flatMap((name) => this.get(name) ?? []);
  }

  get(name: string): HandlerSpec | undefined {
    // What every object has by itself is no handler.
    if (name in {}) return undefined;
    const spec = handlerSpecs[name] ?? this.#own.get(name);
    const queue = this.#options.routes()[name];
    return spec === undefined || queue === undefined ? spec : { ...spec, queue };
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    this.#scope.every('look', this.#options.lookEveryMs ?? 2_000, () => this.#look());
    await this.#look().catch((error: unknown) => this.#options.log.warn('the folder of own handlers cannot be read', { error }));
  }

  stop(): Promise<void> {
    return this.#scope.close();
  }

  async #look(): Promise<void> {
    // The first look is not one of the regular ones.
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#lookNow();
    } finally {
      this.#looking = false;
    }
  }

  async #lookNow(): Promise<void> {
    const { clock, retryMs = firstPauseMs } = this.#options;
    const folder = this.#options.folder();
    const revision = folder === null ? '' : await fingerprint(folder);
    const changed = revision !== this.#revision;
    if (!changed && clock.monoMs() < this.#retryMono) return;
    this.#revision = revision;
    if (changed) this.#pauseMs = retryMs;
    let again = true;
    try {
      const { files, late } = folder === null ? { files: [], late: false } : await this.#load();
      again = late;
      if (!this.#scope.closed) this.#take(revision, files);
    } finally {
      this.#retryMono = again ? clock.monoMs() + this.#pauseMs : Number.POSITIVE_INFINITY;
      this.#pauseMs = Math.min(mostPauseMs, this.#pauseMs * 2);
    }
  }

  #take(revision: string, files: readonly OwnFile[]): void {
    // What a second try finds as it was is no news.
    if (revision === this.#read && isDeepStrictEqual(files, this.#files)) return;
    this.#read = revision;
    this.#files = files;
    this.#own = new Map(files.flatMap((file) => ('handler' in file ? [[file.handler.name, { ...file.handler, data: anyData }] as const] : [])));
    this.#options.onRead(files);
  }

  /** One file after another in a process of its own; a file that ends or holds that process is left out of the next round. */
  async #load(): Promise<{ readonly files: readonly OwnFile[]; readonly late: boolean }> {
    const bad = new Map<string, string>();
    let late = false;
    for (;;) {
      const process = await this.#options.spare();
      try {
        const files = await process.list([...bad.keys()], loadWithinMs);
        return { files: [...files, ...[...bad].map(([file, problem]) => ({ file, problem }))], late };
      } catch (error) {
        if (!(error instanceof UnreadableFile) || error.file === '' || bad.has(error.file) || bad.size >= maxFiles) throw error;
        bad.set(error.file, error.message);
        late ||= error.late;
      } finally {
        void process.end('deliberate', 'the files are read');
      }
    }
  }
}

/** Its own code checks them, in its own process. */
const anyData: z.ZodType = z.json();

/** Names, sizes and times of all files, folders below included: a helper may have changed. */
async function fingerprint(folder: string, depth = 0): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const parts = entries
    .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
    .slice(0, maxFiles)
    .map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return depth < 3 ? `${entry.name}/(${await fingerprint(path, depth + 1)})` : '';
      const facts = await stat(path).catch(() => null);
      return facts === null ? '' : `${entry.name}:${facts.size}:${facts.mtimeMs}`;
    });
  return `${folder}|${(await Promise.all(parts)).sort().join('|')}`;
}
