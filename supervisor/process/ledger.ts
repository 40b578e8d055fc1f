import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../../core/base/log.js';

const spawnedSchema = z.object({
  kind: z.literal('spawned'),
  runId: z.string().min(1),
  incarnationId: z.string().min(1),
  name: z.string(),
  pid: z.number().int().min(2),
  /** Empty until it is known (Windows asks a slow tool). */
  startedAt: z.string(),
  bootId: z.string(),
  program: z.string(),
  atMs: z.number(),
});
export type LedgerEntry = z.infer<typeof spawnedSchema>;

const recordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), runId: z.string().min(1), pid: z.number().int() }),
  spawnedSchema,
  z.object({ kind: z.literal('identified'), incarnationId: z.string(), startedAt: z.string(), bootId: z.string() }),
  z.object({ kind: z.literal('exited'), incarnationId: z.string() }),
]);
type LedgerRecord = z.infer<typeof recordSchema>;

export interface LedgerContents {
  /** Every run that wrote here, also those whose children all ended: their grandchildren may not have. */
  readonly runIds: readonly string[];
  /** Spawns without an exit. */
  readonly open: readonly LedgerEntry[];
  /** Lines that could not be understood: a torn end after a power cut, or somebody's edit. */
  readonly unreadable: number;
}

/** What a run keeps for itself. */
export const runDir = (dataDir: string): string => join(dataDir, 'run');
export const ledgerPath = (dataDir: string): string => join(runDir(dataDir), 'ledger.jsonl');

/** Reads a ledger however damaged; a missing one is empty. */
export function parseLedger(text: string): LedgerContents {
  const runIds = new Set<string>();
  const open = new Map<string, LedgerEntry>();
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const record = parseRecord(line);
    if (record === null) {
      unreadable++;
      continue;
    }
    switch (record.kind) {
      case 'run':
        runIds.add(record.runId);
        break;
      case 'spawned':
        runIds.add(record.runId);
        open.set(record.incarnationId, record);
        break;
      case 'identified': {
        const entry = open.get(record.incarnationId);
        if (entry !== undefined) open.set(record.incarnationId, { ...entry, startedAt: record.startedAt, bootId: record.bootId });
        break;
      }
      case 'exited':
        open.delete(record.incarnationId);
        break;
    }
  }
  return { runIds: [...runIds], open: [...open.values()], unreadable };
}

function parseRecord(line: string): LedgerRecord | null {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    // Torn or foreign text: counted by the caller.
    return null;
  }
}

export function readLedger(path: string): LedgerContents {
  if (!existsSync(path)) return { runIds: [], open: [], unreadable: 0 };
  return parseLedger(readFileSync(path, 'utf8'));
}

/** Replaces the ledger by what is still open, in one step. */
export function compactLedger(path: string, open: readonly LedgerEntry[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.next`;
  writeFileSync(next, open.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
  renameSync(next, path);
}

const compactAtBytes = 1024 * 1024;

/**
 * Who we started, on disk before the start is reported, so that the next run can clean up after a
 * SIGKILL of this one. Writes are synchronous on purpose. A failing disk is reported and does not
 * stop the start: containment still holds the child.
 */
export class Ledger {
  readonly #path: string;
  readonly #runId: string;
  readonly #log: Log;
  readonly #open = new Map<string, LedgerEntry>();
  #fd: number | undefined;
  #bytes = 0;
  /** Ends not written yet. Lost with us they do no harm: the next run finds another process, or none, under the pid. */
  #ended: LedgerRecord[] = [];
  #failing = false;

  constructor(options: { readonly path: string; readonly runId: string; readonly log: Log }) {
    this.#path = options.path;
    this.#runId = options.runId;
    this.#log = options.log;
  }

  spawned(entry: Omit<LedgerEntry, 'kind' | 'runId'>): void {
    const record: LedgerEntry = { kind: 'spawned', runId: this.#runId, ...entry };
    this.#open.set(entry.incarnationId, record);
    this.#append(record);
  }

  identified(incarnationId: string, startedAt: string, bootId: string): void {
    const entry = this.#open.get(incarnationId);
    if (entry === undefined) return;
    this.#open.set(incarnationId, { ...entry, startedAt, bootId });
    this.#append({ kind: 'identified', incarnationId, startedAt, bootId });
  }

  /** Noted, and written with the next start or by `settle`: between a death and the next life nobody waits for the disk. */
  exited(incarnationId: string): void {
    if (this.#open.delete(incarnationId)) this.#ended.push({ kind: 'exited', incarnationId });
  }

  /** Writes what was only noted. */
  settle(): void {
    if (this.#ended.length > 0 || this.#failing) this.#append();
    if (this.#bytes > compactAtBytes) this.#compact();
  }

  close(): void {
    this.settle();
    this.#shut();
  }

  #shut(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #append(...records: readonly LedgerRecord[]): void {
    try {
      // Once more after a failure, with whoever was started meanwhile.
      const began: readonly LedgerRecord[] = this.#fd === undefined ? [{ kind: 'run', runId: this.#runId, pid: process.pid }, ...this.#open.values()] : [];
      const fd = this.#opened();
      const line = Buffer.from([...began, ...this.#ended, ...records].map((record) => `${JSON.stringify(record)}\n`).join(''));
      let written = 0;
      // A full disk takes a part and does not throw: ask again, then it says ENOSPC.
      while (written < line.length) written += writeSync(fd, line, written);
      this.#ended = [];
      this.#bytes += line.length;
      this.#failing = false;
    } catch (error) {
      // Opened anew, it is looked at for half a line, which would swallow the next one.
      this.#shut();
      this.#tell('the ledger of processes cannot be written', error);
    }
  }

  #opened(): number {
    if (this.#fd !== undefined) return this.#fd;
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const fd = openSync(this.#path, 'a+', 0o600);
    this.#fd = fd;
    this.#bytes = fstatSync(fd).size;
    const last = Buffer.alloc(1);
    // A torn last line must not swallow the first new one.
    if (this.#bytes > 0 && readSync(fd, last, 0, 1, this.#bytes - 1) === 1 && last[0] !== 0x0a) writeSync(fd, '\n');
    return fd;
  }

  #compact(): void {
    try {
      this.#shut();
      compactLedger(this.#path, [...this.#open.values()]);
      this.#bytes = 0;
    } catch (error) {
      this.#tell('the ledger of processes cannot be compacted', error);
    }
  }

  /** Once until it works again: a crash loop on a full disk is no reason for a flood. */
  #tell(message: string, error: unknown): void {
    if (!this.#failing) this.#log.warn(message, { path: this.#path, error });
    this.#failing = true;
  }
}
