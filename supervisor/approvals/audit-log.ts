import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditActor, type AuditEntry, type AuditVerdict, auditActors } from '../../contract/audit.js';
import { RoostError } from '../../contract/errors.js';
import { currentActor } from '../../core/base/acting.js';
import { isDiskFull } from '../../core/base/atomic-file.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { type AuditAct, genesis, type Link, seal, unseal } from './audit-entry.js';
import { type Anchor, currentName, firstAnchor, linesBackwards, readAnchor, segmentName, segments, tailOf, writeAnchor } from './audit-files.js';
import { verifyAudit } from './audit-verify.js';

export interface AuditLogOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxFileBytes?: number;
  readonly maxFiles?: number;
  /** Takes known secrets out of a text. */
  readonly hide?: (text: string) => string;
}

interface Waiting {
  readonly act: AuditAct & { readonly actor: AuditActor };
  readonly done: () => void;
  readonly failed: (error: RoostError) => void;
}

interface Opened {
  readonly handle: FileHandle;
  head: Link;
  base: Link;
  size: number;
}

/**
 * Who did what to which thing, in the order it was allowed. Append-only, one JSON line an entry, each sealed
 * with the hash of the one before; `audit.head` says how far the log reaches, so that a cut-off end shows.
 * `record` resolves when the entry is on the disk: an act that cannot be recorded must not happen.
 */
export class AuditLog {
  readonly #options: Required<AuditLogOptions>;
  readonly #path: string;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #opened: Opened | undefined;

  constructor(options: AuditLogOptions) {
    this.#options = { maxFileBytes: 10 * 1024 ** 2, maxFiles: 20, hide: (text) => text, ...options };
    this.#path = join(options.dataDir, currentName);
  }

  /** Rejects with `audit-failed` when the entry could not be written; then the act has to be refused. */
  record(act: AuditAct): Promise<void> {
    const actor = act.actor ?? auditActors.find((known) => known === currentActor()) ?? 'roost';
    return new Promise((resolve, reject) => {
      const { hide } = this.#options;
      this.#queue.push({ act: { ...act, actor, target: hide(act.target), detail: withoutSecrets(act.detail ?? {}, hide) }, done: resolve, failed: reject });
      this.#writing ??= this.#drain();
    });
  }

  /** The newest first. `total` is the number of the last entry. */
  async list(params: { readonly limit: number; readonly beforeSeq?: number | undefined; readonly act?: string | undefined }) {
    const found: AuditEntry[] = [];
    let more = false;
    const files = [currentName, ...(await segments(this.#options.dataDir)).reverse()];
    pages: for (const file of files) {
      for await (const line of linesBackwards(join(this.#options.dataDir, file))) {
        const read = unseal(line);
        if (!('entry' in read) || (params.beforeSeq !== undefined && read.entry.seq >= params.beforeSeq)) continue;
        if (params.act !== undefined && !read.entry.act.startsWith(params.act)) continue;
        if (found.length === params.limit) {
          more = true;
          break pages;
        }
        found.push(read.entry);
      }
    }
    const total = this.#opened?.head.seq ?? (await readAnchor(this.#options.dataDir))?.head.seq ?? found[0]?.seq ?? 0;
    return { entries: found, total, nextBeforeSeq: more ? (found.at(-1)?.seq ?? null) : null };
  }

  async verify(): Promise<AuditVerdict> {
    // Not in the middle of a write: half a batch would look like a cut-off end.
    await this.#writing;
    return verifyAudit(this.#options.dataDir, this.#opened?.head);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#opened?.handle.close().catch(() => undefined);
    this.#opened = undefined;
  }

  /** Everything that came while one batch was written is the next batch: one sync for all of them. */
  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, 500);
      try {
        await this.#write(batch.map(({ act }) => act));
        for (const { done } of batch) done();
      } catch (cause) {
        this.#options.log.error('the audit log cannot be written: acts are refused', { error: cause });
        await this.#opened?.handle.close().catch(() => undefined);
        // What really stands in the file is read again before the next try.
        this.#opened = undefined;
        const message = `The audit log cannot be written (${isDiskFull(cause) ? 'the disk is full' : ((cause as NodeJS.ErrnoException).code ?? (cause as Error).message)}), so nothing was done.`;
        for (const { failed } of batch) failed(new RoostError('audit-failed', message, { cause }));
      }
    }
    // In the same step as the last look at the queue: whoever records next must find nobody writing.
    this.#writing = undefined;
  }

  async #write(acts: readonly (AuditAct & { readonly actor: AuditActor })[]): Promise<void> {
    this.#opened ??= await this.#open();
    if (this.#opened.size >= this.#options.maxFileBytes) this.#opened = await this.#rotate(this.#opened);
    const opened = this.#opened;
    let link = opened.head;
    const lines = acts.map((act) => {
      const next = seal(act, this.#options.clock.wallMs(), link);
      link = next.link;
      return `${next.line}\n`;
    });
    const bytes = Buffer.from(lines.join(''), 'utf8');
    await opened.handle.appendFile(bytes);
    const { size } = await opened.handle.stat();
    if (size !== opened.size + bytes.length) throw new Error(`the file holds ${size} bytes instead of ${opened.size + bytes.length}`);
    await opened.handle.datasync();
    await writeAnchor(this.#options.dataDir, { head: link, base: opened.base });
    opened.head = link;
    opened.size = size;
  }

  /** Finds the end of the chain and cuts off what a crash left of a line that was never acknowledged. */
  async #open(): Promise<Opened> {
    const { dataDir, clock } = this.#options;
    const anchor = await readAnchor(dataDir);
    const tail = await tailOf(this.#path);
    const closed = (await segments(dataDir)).at(-1);
    const last = tail.lastLine ?? (closed === undefined ? undefined : (await tailOf(join(dataDir, closed))).lastLine);
    const handle = await open(this.#path, 'a', 0o600);
    try {
      await handle.chmod(0o600);
      if (tail.tornBytes > 0) await handle.truncate(tail.wholeBytes);
      const opened: Opened = { handle, head: headOf(last, anchor), base: anchor?.base ?? genesis, size: tail.wholeBytes };
      const notes = whatHappened(last, anchor, tail.tornBytes, opened.head);
      for (const detail of notes) {
        const { line, link } = seal({ actor: 'roost', act: 'audit.repair', target: currentName, detail }, clock.wallMs(), opened.head);
        await handle.appendFile(`${line}\n`);
        opened.head = link;
        opened.size += Buffer.byteLength(line) + 1;
      }
      await handle.datasync();
      await writeAnchor(dataDir, { head: opened.head, base: opened.base });
      return opened;
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }

  async #rotate(opened: Opened): Promise<Opened> {
    const { dataDir, maxFiles } = this.#options;
    await opened.handle.close();
    await rename(this.#path, join(dataDir, segmentName(opened.head.seq)));
    const old = (await segments(dataDir)).slice(0, -(maxFiles - 1));
    let { base } = opened;
    for (const name of old) {
      const lastLine = (await tailOf(join(dataDir, name))).lastLine;
      const read = lastLine === undefined ? undefined : unseal(lastLine);
      if (read !== undefined && 'entry' in read) base = { seq: read.entry.seq, hash: read.entry.hash };
    }
    // The new beginning is known before the old one is gone: a crash in between leaves too much, never too little.
    await writeAnchor(dataDir, { head: opened.head, base });
    for (const name of old) await rm(join(dataDir, name), { force: true });
    return { handle: await open(this.#path, 'a', 0o600), head: opened.head, base, size: 0 };
  }
}

const maxDepth = 8;

function withoutSecrets(detail: Readonly<Record<string, unknown>>, hide: (text: string) => string): Readonly<Record<string, unknown>> {
  const walk = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return hide(value);
    if (depth >= maxDepth || value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((item) => walk(item, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner, depth + 1)]));
  };
  return walk(detail, 0) as Readonly<Record<string, unknown>>;
}

/** Where the next entry continues: after the last one there is, or after the one that must have been there. */
function headOf(lastLine: string | undefined, anchor: Anchor = firstAnchor): Link {
  const read = lastLine === undefined ? undefined : unseal(lastLine);
  const found = read !== undefined && 'entry' in read ? { seq: read.entry.seq, hash: read.entry.hash } : undefined;
  // The gap stays in the numbers for ever: continuing after the shorter end would make the loss look whole.
  return found === undefined || found.seq < anchor.head.seq ? anchor.head : found;
}

function whatHappened(lastLine: string | undefined, anchor: Anchor | undefined, tornBytes: number, head: Link): Readonly<Record<string, unknown>>[] {
  const notes: Readonly<Record<string, unknown>>[] = [];
  if (tornBytes > 0) notes.push({ what: 'a line that a crash cut off was removed; its act was never carried out', bytes: tornBytes });
  const read = lastLine === undefined ? undefined : unseal(lastLine);
  const seq = read !== undefined && 'entry' in read ? read.entry.seq : 0;
  if (anchor === undefined && lastLine !== undefined) notes.push({ what: 'audit.head was missing' });
  if (anchor !== undefined && seq < anchor.head.seq) notes.push({ what: 'entries that were written are not there', lastFound: seq, lastWritten: head.seq });
  return notes;
}
