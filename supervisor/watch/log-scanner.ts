import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { WatchConfig } from '../../contract/config.js';
import type { Clock } from '../../core/base/clock.js';
import { maxTextBytes, openExactly } from './folder-files.js';
import type { Intake } from './intake.js';
import { type CutLine, contentOf, LineCutter } from './line-cutter.js';
import { type Cursor, cursorsSchema, nameOf, type Placed, planCursors, withoutFile } from './log-cursors.js';
import { seen, siblingsOf, tailOf } from './log-files.js';
import type { RejectedLine, RejectFile } from './reject-file.js';
import { problemOfFile, type Scanner, type ScanResult } from './scan.js';
import type { Counts, WatchLedger } from './watch-ledger.js';

export interface LogScannerOptions {
  readonly config: WatchConfig;
  readonly path: string;
  readonly ledger: WatchLedger;
  readonly intake: Intake;
  readonly rejects: RejectFile;
  readonly clock: Clock;
  counts: Counts;
}

const chunkBytes = 256 * 1024;
const bytesAtOnce = 4 * 1024 * 1024;
const batchSize = 100;
/** A file that is being renamed may be missed by one look. */
const lostAfterLooks = 3;
/** A writer may still hold a rotated file: it is closed for us when it has been quiet this long. */
const quietMs = 10_000;

/** A log of one JSON value a line: each line becomes one job, across rotation, truncation and crashes. */
export class LogScanner implements Scanner {
  readonly #options: LogScannerOptions;
  #cursors: readonly Cursor[] | undefined;
  readonly #cutters = new Map<string, LineCutter>();
  readonly #missed = new Map<string, number>();
  #note: string | null = null;

  constructor(options: LogScannerOptions) {
    this.#options = options;
  }

  async scan(signal: AbortSignal): Promise<ScanResult> {
    const { path, config, ledger } = this.#options;
    this.#cursors ??= (await ledger.cursors(cursorsSchema)) ?? [];
    const current = await seen(path);
    const rotated =
      this.#cursors.length > 1 ||
      (this.#cursors.length === 1 && (current === undefined || this.#cursors[0]?.key !== current.key || this.#cursors[0].born !== current.born));
    const plan = planCursors({ cursors: this.#cursors, current, siblings: rotated ? await siblingsOf(path) : [], from: config.from });
    if (this.#isLooking(plan.lost)) return { ...unknown, present: plan.cursors.length, note: 'a rotated file is being looked for' };
    const placed = [...plan.cursors];
    // Noted before the first job: a log that is rotated after a crash is found again under its new name.
    const noted = new Set(this.#cursors.map(nameOf));
    if (placed.some((cursor) => !noted.has(nameOf(cursor)))) await this.#store(placed, nothing);
    let [behind, more] = [0, false];
    for (let at = 0; at < placed.length; at++) {
      signal.throwIfAborted();
      const cursor = placed[at];
      if (cursor === undefined) continue;
      const isLast = at === placed.length - 1;
      const read = await this.#read(cursor, !isLast && this.#isQuiet(cursor), (next, batch) => this.#commitAt(placed, at, next, batch), signal);
      behind += read.left;
      if (read.left > 0) more ||= read.more;
      // What comes after is read only when this one is through: lines keep their order.
      if (read.left > 0) break;
    }
    const open = placed.filter((cursor, at) => at === placed.length - 1 || !this.#isQuiet(cursor) || cursor.offset < cursor.file.size);
    await this.#settle(open);
    const newest = placed.at(-1)?.file;
    const partial = newest === undefined ? 0 : Math.max(0, newest.size - (this.#cursors?.at(-1)?.offset ?? 0));
    return {
      present: placed.length,
      settling: behind === 0 && partial > 0 ? 1 : 0,
      behind,
      lagMs: behind > 0 && newest !== undefined ? Math.max(0, Math.round(this.#options.clock.wallMs() - newest.mtimeMs)) : null,
      open: null,
      more,
      note: current === undefined ? `${path} is not there yet` : this.#note,
    };
  }

  /** True while a file that was being read has not been missed often enough to be gone. Lines keep their order, so the others wait. */
  #isLooking(lost: readonly Cursor[]): boolean {
    const looks = lost.map((cursor) => {
      const count = (this.#missed.get(nameOf(cursor)) ?? 0) + 1;
      this.#missed.set(nameOf(cursor), count);
      if (count === lostAfterLooks) this.#note = `a rotated file went away; it had been read up to byte ${cursor.offset}`;
      return count;
    });
    if (lost.length === 0) this.#missed.clear();
    return looks.some((count) => count < lostAfterLooks);
  }

  #isQuiet({ file }: Placed): boolean {
    return this.#options.clock.wallMs() - file.changedMs > quietMs;
  }

  /** Reads one file as far as there is room. `left`: bytes not read yet; `more`: because it was enough for one look, not for want of room. */
  async #read(
    cursor: Placed,
    closed: boolean,
    commit: (next: Cursor, lines: Batch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<{ left: number; more: boolean }> {
    const { path, intake } = this.#options;
    const handle = await openExactly(join(dirname(path), cursor.file.name), cursor.file).catch((error: unknown) => {
      throw problemOfFile(error, path);
    });
    if (handle === undefined) return { left: 0, more: false };
    try {
      let place: Cursor = await this.#checked(cursor, handle);
      const { size } = await handle.stat();
      const cutter = this.#cutterAt(place);
      let [room, budget] = [size > cutter.position || closed ? await intake.room() : 0, bytesAtOnce];
      const through = async (lines: readonly CutLine[]): Promise<void> => {
        for (let at = 0; at < lines.length; at += batchSize) {
          const part = lines.slice(at, at + batchSize);
          const batch = await this.#take(part, place);
          place = { ...place, offset: part.at(-1)?.end ?? place.offset };
          place = { ...place, tail: await tailOf(handle, place.offset) };
          await commit(place, batch);
          await intake.settled(batch.jobIds);
          room -= batch.jobIds.length;
        }
      };
      try {
        while (cutter.position < size && room > 0 && budget > 0) {
          signal.throwIfAborted();
          const { buffer, bytesRead } = await handle.read(
            Buffer.allocUnsafe(Math.min(chunkBytes, size - cutter.position)),
            0,
            Math.min(chunkBytes, size - cutter.position),
            cutter.position,
          );
          if (bytesRead === 0) break;
          budget -= bytesRead;
          await through(cutter.add(buffer.subarray(0, bytesRead)));
        }
        if (closed && cutter.position >= size) {
          const rest = cutter.rest();
          if (rest !== undefined) await through([rest]);
        }
      } catch (error) {
        // What was cut but not committed is read again.
        this.#cutters.delete(nameOf(place));
        throw error;
      }
      return { left: Math.max(0, size - cutter.position), more: room > 0 };
    } finally {
      await handle.close();
    }
  }

  #cutterAt(place: Cursor): LineCutter {
    const known = this.#cutters.get(nameOf(place));
    if (known !== undefined && known.lineStart === place.offset) return known;
    const fresh = new LineCutter(place.offset, maxTextBytes);
    this.#cutters.set(nameOf(place), fresh);
    return fresh;
  }

  /** A file that is shorter than what was read of it, or holds other bytes there, was cut back and written anew. */
  async #checked(cursor: Cursor, handle: FileHandle): Promise<Cursor> {
    const { key, born, offset, epoch, tail } = cursor;
    const { size } = await handle.stat();
    const same = size >= offset && (tail === '' || (await tailOf(handle, offset)) === tail);
    if (same) return { key, born, offset, epoch, tail };
    this.#note = size < offset ? `the log was cut back; ${offset} bytes of it had been read` : 'the log was written anew';
    this.#cutters.delete(nameOf(cursor));
    return { key, born, offset: 0, epoch: epoch + 1, tail: '' };
  }

  async #take(lines: readonly CutLine[], place: Cursor): Promise<Batch> {
    const { intake, clock, path, rejects } = this.#options;
    const refused: (RejectedLine & { readonly offset: number })[] = [];
    const name = `${place.key}:${place.born}:${place.epoch}`;
    const outcomes = await Promise.all(
      lines.map(async (line) => {
        const content = contentOf(line);
        if (content.kind === 'blank') return [];
        const identity = `${name}:${line.offset}`;
        const refuse = (reason: string, text: string): string[] => {
          refused.push({ key: identity, atMs: clock.wallMs(), reason, text, offset: line.offset });
          return [];
        };
        if (content.kind === 'bad') return refuse(content.reason, content.text);
        const taken = await intake.take({ identity, fields: { path, name: basename(path), offset: line.offset, text: content.text, item: content.item } });
        return taken.kind === 'queued' ? [taken.jobId] : refuse(taken.reason, content.text.slice(0, 2_000));
      }),
    );
    refused.sort((a, b) => a.offset - b.offset);
    await rejects.add(refused);
    return {
      jobIds: outcomes.flat(),
      rejects: refused.map(({ atMs, reason, offset }) => ({ atMs, item: `byte ${offset}`, reason })),
    };
  }

  async #commitAt(placed: Placed[], at: number, next: Cursor, batch: Batch): Promise<void> {
    const before = placed[at];
    if (before !== undefined) placed[at] = { ...next, file: before.file };
    await this.#store(placed, batch);
  }

  /** Files that are read to their end and quiet are done with. */
  async #settle(open: readonly Placed[]): Promise<void> {
    const plain = open.map(withoutFile);
    if (JSON.stringify(plain) === JSON.stringify(this.#cursors)) return;
    await this.#store(open, nothing);
    const names = new Set(plain.map(nameOf));
    for (const name of this.#cutters.keys()) if (!names.has(name)) this.#cutters.delete(name);
  }

  async #store(placed: readonly Placed[], { jobIds, rejects }: Batch): Promise<void> {
    const cursors = placed.map(withoutFile);
    this.#options.counts = await this.#options.ledger.commit({ cursors, queued: jobIds.length, rejects }, this.#options.counts);
    this.#cursors = cursors;
  }
}

const unknown: ScanResult = { present: 0, settling: 0, behind: 0, lagMs: null, open: null, more: false, note: null };

interface Batch {
  readonly jobIds: readonly string[];
  readonly rejects: readonly { readonly atMs: number; readonly item: string; readonly reason: string }[];
}

const nothing: Batch = { jobIds: [], rejects: [] };
