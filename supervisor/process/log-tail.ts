import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Clock, Timer } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Secrets } from '../../core/base/secrets.js';
import { LineRing } from './line-ring.js';
import type { LogFile } from './log-file.js';
import { isPlain, LineSplitter, safeLine } from './log-line.js';
import { Pieces } from './pieces.js';
import type { LogLine, LogTail } from './types.js';

export interface ProcessLogOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly file: LogFile | null;
  readonly keptLines?: number;
  readonly maxLineChars?: number;
  /** Frees a line of secrets; by their shape alone unless said otherwise. */
  readonly secrets?: Secrets;
  /** A flood is cut to `linesPerSecond` after a burst; the rest is counted, not kept. */
  readonly storm?: { readonly burstLines: number; readonly linesPerSecond: number };
}

const defaultStorm = { burstLines: 10_000, linesPerSecond: 5_000 };

/** The last lines of one process: a ring in memory and, batched, a file. */
export class ProcessLog implements LogTail {
  readonly #clock: Clock;
  readonly #file: LogFile | null;
  readonly #maxLineChars: number;
  readonly #secrets: Secrets;
  readonly #storm: { readonly burstLines: number; readonly linesPerSecond: number };
  readonly #lines: Emitter<LogLine>;
  readonly #ring: LineRing;
  #stamp = { atMs: Number.NaN, text: '' };
  #dropped = 0;
  #droppedInStorm = 0;
  #credit: number;
  #creditAtMs: number;
  #stormTimer: Timer | undefined;

  constructor(options: ProcessLogOptions) {
    this.#clock = options.clock;
    this.#file = options.file;
    this.#ring = new LineRing(options.keptLines ?? 5_000);
    this.#maxLineChars = options.maxLineChars ?? 16 * 1024;
    this.#secrets = options.secrets ?? new Secrets();
    this.#storm = options.storm ?? defaultStorm;
    this.#credit = this.#storm.burstLines;
    this.#creditAtMs = options.clock.monoMs();
    options.file?.onGap((lines) =>
      this.note(`${lines} ${lines === 1 ? 'line is' : 'lines are'} missing from the file before this one: it could not be written`),
    );
    this.#lines = new Emitter((error) => options.log.error('a listener to log lines failed', { error }));
  }

  get dropped(): number {
    return this.#dropped + (this.#file?.lost ?? 0);
  }

  read(limit: number, afterSeq = 0): readonly LogLine[] {
    return this.#ring.read(limit, afterSeq);
  }

  waitFor(afterSeq: number, waitMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#ring.lastSeq > afterSeq) return Promise.resolve(true);
    if (signal?.aborted === true) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (found: boolean): void => {
        off();
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        resolve(found);
      };
      const onAbort = (): void => end(false);
      const off = this.#lines.on((line) => line.seq > afterSeq && end(true));
      const timer = this.#clock.after(waitMs, () => end(false));
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  note(text: string): void {
    for (const line of text.split('\n')) this.#keep('roost', line);
  }

  onLine(listener: (line: LogLine) => void): () => void {
    return this.#lines.on(listener);
  }

  /** Takes over a stream of the process; a line that `takes` wants for itself is not kept. Returns how to end it: what stands after the last newline becomes a line. */
  attach(stream: Readable, kind: 'out' | 'err', takes?: (line: string) => boolean): () => void {
    const decoder = new StringDecoder('utf8');
    const splitter = new LineSplitter(this.#maxLineChars);
    const lineByLine = (bytes: Buffer): void => {
      const text = decoder.write(bytes);
      const lines = splitter.push(text);
      // One look at the whole piece; its first line may have begun in the piece before it.
      const plain = lines.length > 1 && isPlain(text) && this.#secrets.clean(text);
      const nowMs = this.#clock.monoMs();
      for (const [index, line] of lines.entries()) if (takes?.(line) !== true) this.#take(kind, line, nowMs, plain && index > 0);
    };
    const pieces = new Pieces({
      mostCarried: this.#maxLineChars,
      whole: (bytes) => {
        const lines = takes === undefined ? this.#innocentLines(bytes) : 0;
        if (lines > 0) this.#keepBlock(kind, bytes.toString('latin1', 0, bytes.length - 1), lines);
        else lineByLine(bytes);
      },
      torn: lineByLine,
    });
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      pieces.end();
      const rest = [...splitter.push(decoder.end()), splitter.flush()];
      for (const line of rest) if (line !== null && takes?.(line) !== true) this.#take(kind, line, this.#clock.monoMs(), false);
      this.#tellStorm();
    };
    stream.on('data', (chunk: Buffer) => {
      if (!over) pieces.push(chunk);
    });
    stream.on('end', finish);
    stream.on('close', finish);
    stream.on('error', finish);
    return finish;
  }

  /** Resolves when the file has what came so far. */
  async flush(): Promise<void> {
    await this.#file?.flush();
  }

  async close(): Promise<void> {
    this.#tellStorm();
    await this.#file?.close();
  }

  /** How many lines these bytes are if all of them may be kept as they are and there is credit for all; otherwise 0. */
  #innocentLines(bytes: Buffer): number {
    const { innocent, lines, longest } = this.#secrets.finder.scan(bytes);
    if (!innocent || longest > this.#maxLineChars) return 0;
    this.#earn(this.#clock.monoMs());
    return this.#credit >= lines ? lines : 0;
  }

  #earn(nowMs: number): void {
    this.#credit = Math.min(this.#storm.burstLines, this.#credit + ((nowMs - this.#creditAtMs) * this.#storm.linesPerSecond) / 1_000);
    this.#creditAtMs = nowMs;
  }

  #take(kind: 'out' | 'err', text: string, nowMs: number, plain: boolean): void {
    this.#earn(nowMs);
    if (this.#credit < 1) {
      this.#dropped++;
      this.#droppedInStorm++;
      // Told once a second, not between every two lines of the flood.
      this.#stormTimer ??= this.#clock.after(1_000, () => this.#tellStorm());
      return;
    }
    this.#credit--;
    this.#keep(kind, text, plain);
  }

  #tellStorm(): void {
    this.#stormTimer?.cancel();
    this.#stormTimer = undefined;
    if (this.#droppedInStorm === 0) return;
    const dropped = this.#droppedInStorm;
    this.#droppedInStorm = 0;
    this.#keep('roost', `${dropped} lines were dropped: it wrote more than ${this.#storm.linesPerSecond} lines a second`);
  }

  /** Many lines come within one millisecond. */
  #stampOf(atMs: number): string {
    if (this.#stamp.atMs !== atMs) this.#stamp = { atMs, text: new Date(atMs).toISOString() };
    return this.#stamp.text;
  }

  #keep(stream: LogLine['stream'], raw: string, plain = false): void {
    const text = plain && raw.length <= this.#maxLineChars ? raw : this.#secrets.hide(safeLine(raw, this.#maxLineChars));
    const atMs = this.#clock.wallMs();
    const seq = this.#ring.add({ count: 1, atMs, stream, text });
    this.#file?.append(`${this.#stampOf(atMs)} ${stream} ${text}`);
    if (this.#lines.size > 0) this.#lines.emit({ seq, atMs, stream, text });
  }

  /** Lines that need nothing done to them: kept and written in one piece, whatever their number. */
  #keepBlock(stream: 'out' | 'err', text: string, count: number): void {
    this.#credit -= count;
    const atMs = this.#clock.wallMs();
    const before = this.#ring.lastSeq;
    this.#ring.add({ count, atMs, stream, text });
    const head = `${this.#stampOf(atMs)} ${stream} `;
    this.#file?.appendBlock(Buffer.from(`${head}${text.replace(/\n/g, `\n${head}`)}\n`, 'latin1'), count);
    if (this.#lines.size > 0) for (const line of this.#ring.read(count, before)) this.#lines.emit(line);
  }
}
