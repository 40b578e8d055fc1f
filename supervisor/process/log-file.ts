import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';

export interface LogFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Read whenever it matters: the largest size of a file, and files in all, the current one and `.1` up to one less. */
  readonly limits?: () => { readonly maxFileBytes: number; readonly files: number };
  readonly flushEveryMs?: number;
  readonly maxPendingBytes?: number;
  /** A file nobody writes to is closed after this long, and opened again with the next line: hundreds of quiet processes cost no open files. */
  readonly idleCloseMs?: number;
}

/** Pending bytes from which a flood is written before its time. */
const earlyBytes = 512 * 1024;

const defaultLimits = { maxFileBytes: 10 * 1024 * 1024, files: 5 };

/** Appends lines in batches and turns files over by size. The event loop never waits for the disk; what does not fit is counted. */
export class LogFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: () => { readonly maxFileBytes: number; readonly files: number };
  readonly #flushEveryMs: number;
  readonly #maxPendingBytes: number;
  readonly #idleCloseMs: number;
  /** Lines since the last block, and the blocks before them in their order. */
  #lines: string[] = [];
  #blocks: Buffer[] = [];
  #pendingLines = 0;
  #pendingBytes = 0;
  #busy = false;
  #timer: Timer | undefined;
  #idle: Timer | undefined;
  #wroteMono = 0;
  #writing: Promise<void> = Promise.resolve();
  #handle: FileHandle | undefined;
  #fileBytes = 0;
  #lost = 0;
  #untold = 0;
  #onGap: (lines: number) => void = () => undefined;
  #failing = false;
  #closed = false;

  constructor(options: LogFileOptions) {
    this.#path = options.path;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#limits = options.limits ?? (() => defaultLimits);
    this.#flushEveryMs = options.flushEveryMs ?? 200;
    this.#maxPendingBytes = options.maxPendingBytes ?? 4 * 1024 * 1024;
    this.#idleCloseMs = options.idleCloseMs ?? 10_000;
  }

  /** Lines that never reached the file: the disk was full or slower than the writer. */
  get lost(): number {
    return this.#lost;
  }

  /** Told after the first write that succeeds again: how many lines are missing in front of it. */
  onGap(listener: (lines: number) => void): void {
    this.#onGap = listener;
  }

  append(line: string): void {
    if (this.#accepts(1, line.length + 1)) this.#lines.push(line);
  }

  /** Many lines at once, each with its newline; `lines` says how many. The bytes are the file's from now on. */
  appendBlock(block: Buffer, lines: number): void {
    if (!this.#accepts(lines, block.length)) return;
    this.#endRun();
    this.#blocks.push(block);
    // A flood does not wait for its turn: what is written early is not held in memory.
    if (this.#pendingBytes > earlyBytes && !this.#busy) void this.flush();
  }

  #accepts(lines: number, bytes: number): boolean {
    if (this.#closed) return false;
    if (this.#pendingBytes + bytes > this.#maxPendingBytes) {
      this.#miss(lines);
      return false;
    }
    this.#pendingLines += lines;
    this.#pendingBytes += bytes;
    this.#timer ??= this.#clock.after(this.#flushEveryMs, () => void this.flush());
    return true;
  }

  #miss(lines: number): void {
    this.#lost += lines;
    this.#untold += lines;
  }

  #endRun(): void {
    if (this.#lines.length === 0) return;
    this.#blocks.push(Buffer.from(`${this.#lines.join('\n')}\n`));
    this.#lines = [];
  }

  /** Resolves when everything appended so far is written or counted as lost; never rejects. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeBatch());
    return this.#writing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#idle?.cancel();
    await this.#shut();
  }

  async #shut(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch((error) => this.#log.warn('a log file did not close', { path: this.#path, error }));
  }

  /** Armed once per open file, not once per batch; in step, so that a hundred that fell silent together wake nobody a hundred times. */
  #closeWhenIdle(): void {
    this.#idle ??= this.#clock.every(this.#idleCloseMs, () => {
      if (this.#clock.monoMs() - this.#wroteMono < this.#idleCloseMs) return;
      this.#idle?.cancel();
      this.#idle = undefined;
      this.#writing = this.#writing.then(() => this.#shut());
    });
  }

  async #writeBatch(): Promise<void> {
    this.#endRun();
    const [only, ...more] = this.#blocks;
    if (only === undefined) return;
    const lines = this.#pendingLines;
    this.#blocks = [];
    this.#pendingLines = 0;
    this.#pendingBytes = 0;
    this.#busy = true;
    try {
      const data = more.length === 0 ? only : Buffer.concat([only, ...more]);
      await this.#makeRoom(data.length);
      const handle = await this.#opened();
      // appendFile goes on after a short write; plain write would leave a stump on a full disk without a word.
      await handle.appendFile(data);
      this.#fileBytes += data.length;
      this.#wroteMono = this.#clock.monoMs();
      if (!this.#closed) this.#closeWhenIdle();
      this.#failing = false;
      this.#tellGap();
    } catch (error) {
      this.#miss(lines);
      // What really stands in the file is looked at again before the next try.
      await this.#shut();
      if (!this.#failing) this.#log.warn('a log file cannot be written, its lines are lost until it can', { path: this.#path, error });
      this.#failing = true;
    } finally {
      this.#busy = false;
    }
  }

  #tellGap(): void {
    const lines = this.#untold;
    this.#untold = 0;
    if (lines > 0) this.#onGap(lines);
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const handle = await open(this.#path, 'a+', 0o600);
    this.#handle = handle;
    this.#fileBytes = (await handle.stat()).size;
    if (this.#fileBytes === 0) return handle;
    const last = Buffer.alloc(1);
    await handle.read(last, 0, 1, this.#fileBytes - 1);
    // A full disk or a kill left half a line: the next one begins on its own.
    if (last[0] !== 0x0a) this.#fileBytes += (await handle.write('\n')).bytesWritten;
    return handle;
  }

  async #makeRoom(bytes: number): Promise<void> {
    const handle = await this.#opened();
    const { maxFileBytes, files } = this.#limits();
    if (this.#fileBytes === 0 || this.#fileBytes + bytes <= maxFileBytes) return;
    this.#handle = undefined;
    await handle.close();
    if (files <= 1) return rm(this.#path, { force: true });
    for (let index = files - 1; index >= 1; index--) {
      const from = index === 1 ? this.#path : `${this.#path}.${index - 1}`;
      await rename(from, `${this.#path}.${index}`).catch((error: NodeJS.ErrnoException) => {
        // Not that many files yet.
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }
}
