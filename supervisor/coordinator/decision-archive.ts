import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { LogEntry } from '../../core/coordinator/log-fold.js';
import type { LogStore } from '../../core/coordinator/log-store.js';

export interface DecisionArchiveOptions {
  /** Folder of the files, made when it is missing. */
  readonly directory: string;
  readonly log: Pick<LogStore, 'entries' | 'length' | 'newest' | 'cut'>;
  readonly clock: Clock;
  readonly logger: Log;
  /** Days a file is kept after its last line. */
  keepDays(): number;
  readonly maxFileBytes?: number;
}

const everyMs = 2_000;
const cleanEveryMs = 3_600_000;
/** Entries in Redis from which the log is cut, and what is left of it; past `most` it is cut even if it was not archived. */
const cutFrom = 5_000;
const cutTo = 2_000;
const most = 50_000;
const dayMs = 86_400_000;
const named = /^decisions-\d{4}-\d{2}-\d{2}-\d{3}\.jsonl$/;

/**
 * The log of decisions as JSON lines on disk: entries are taken over from the stream in Redis in their order, each
 * once (the id of the last line says how far), and only then cut off there.
 */
export class DecisionArchive {
  readonly #options: Required<DecisionArchiveOptions>;
  readonly #scope: Scope;
  #cursor: string | undefined;
  #cleanedMs = Number.NEGATIVE_INFINITY;

  constructor(options: DecisionArchiveOptions) {
    this.#options = { maxFileBytes: 16 * 1024 ** 2, ...options };
    // What was not taken over stays in Redis for the next round.
    this.#scope = new Scope(options.clock, (_step, error) => options.logger.warn('decisions could not be archived, trying again', { error }));
  }

  start(): void {
    this.#scope.every('archive', everyMs, () => this.run());
  }

  stop(): Promise<void> {
    return this.#scope.close(2_000);
  }

  /** Takes over what is new, cuts the log in Redis, removes files past their time. */
  async run(): Promise<void> {
    const { log, clock } = this.#options;
    this.#cursor ??= await this.#recover();
    for (;;) {
      const entries = await log.entries(this.#cursor);
      if (entries.length === 0) break;
      await this.#append(entries);
      this.#cursor = entries.at(-1)?.id ?? this.#cursor;
    }
    await this.#cut();
    if (clock.monoMs() - this.#cleanedMs < cleanEveryMs) return;
    this.#cleanedMs = clock.monoMs();
    await this.#clean();
  }

  /** Names of the files, oldest first. */
  async files(): Promise<readonly string[]> {
    const names = await readdir(this.#options.directory).catch(() => []);
    return names
      .filter((name) => named.test(name))
      .sort()
      .map((name) => join(this.#options.directory, name));
  }

  /** Id of the last entry on disk; '0' before the first. */
  async cursor(): Promise<string> {
    this.#cursor ??= await this.#recover();
    return this.#cursor;
  }

  async #cut(): Promise<void> {
    const { log, logger } = this.#options;
    const length = await log.length();
    if (length < cutFrom) return;
    const through = await log.newest(cutTo);
    if (through !== undefined && (await log.cut(through))) logger.info('the log of decisions in Redis was cut', { entries: length - cutTo });
    if (length > most) logger.warn('the log of decisions in Redis had grown past its limit', { entries: length });
  }

  async #append(entries: readonly LogEntry[]): Promise<void> {
    const { directory, clock, maxFileBytes } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const day = new Date(clock.wallMs()).toISOString().slice(0, 10);
    const last = (await this.files()).at(-1);
    const number = last?.includes(day) === true ? Number(last.slice(-9, -6)) : 0;
    const full = last?.includes(day) === true && (await stat(last)).size >= maxFileBytes;
    const name = `decisions-${day}-${String(full ? number + 1 : number).padStart(3, '0')}.jsonl`;
    const file = await open(join(directory, name), 'a', 0o600);
    try {
      await file.appendFile(entries.map((entry) => `${JSON.stringify({ id: entry.id, ...entry.fields })}\n`).join(''));
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** How far the archive reaches; half a line at its end, from a crash, is cut off. */
  async #recover(): Promise<string> {
    for (const path of (await this.files()).toReversed()) {
      const file = await open(path, 'r+');
      try {
        const found = await lastId(file);
        if (found !== undefined) return found;
      } finally {
        await file.close();
      }
    }
    return '0';
  }

  async #clean(): Promise<void> {
    const oldest = this.#options.clock.wallMs() - this.#options.keepDays() * dayMs;
    for (const path of await this.files()) {
      if ((await stat(path)).mtimeMs < oldest) await rm(path, { force: true });
    }
  }
}

/** Id of the last whole line; cuts the rest off. Undefined for a file without one. */
async function lastId(file: FileHandle): Promise<string | undefined> {
  const { size } = await file.stat();
  const length = Math.min(size, 1024 ** 2);
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, size - length);
  const end = buffer.lastIndexOf(0x0a);
  await file.truncate(size - length + end + 1);
  if (end < 0) return undefined;
  const lines = buffer.subarray(0, end).toString('utf8').split('\n');
  for (const line of lines.toReversed()) {
    const id = /^\{"id":"(\d+-\d+)"/.exec(line)?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}
