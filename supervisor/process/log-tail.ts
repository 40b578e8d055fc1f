import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Clock, Timer } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Secrets } from '../../core/base/secrets.js';
import type { LogFile } from './log-file.js';
import { isPlain, LineSplitter, safeLine } from './log-line.js';
import type { LogLine, LogTail } from './types.js';

export interface ProcessLogOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly file: LogFile | null;
  readonly keptLines?: number;
  readonly maxLineChars?: number;
  /** Frees a line of secrets; by their shape alone unless said otherwise. */
  readonly secrets?: Pick<Secrets, 'hide' | 'clean'>;
  /** A flood is cut to `linesPerSecond` after a burst; the rest is counted, not kept. */
  readonly storm?: { readonly burstLines: number; readonly linesPerSecond: number };
}

const defaultStorm = { burstLines: 10_000, linesPerSecond: 5_000 };

/** The last lines of one process: a ring in memory and, batched, a file. */
export class ProcessLog implements LogTail {
  readonly #clock: Clock;
  readonly #file: LogFile | null;
  readonly #keptLines: number;
  readonly #maxLineChars: number;
  readonly #secrets: Pick<Secrets, 'hide' | 'clean'>;
  readonly #storm: { readonly burstLines: number; readonly linesPerSecond: number };
  readonly #lines: Emitter<LogLine>;
  /** A ring: line `seq` lies at `seq % keptLines`. */
  readonly #ring: LogLine[] = [];
  #lastSeq = 0;
  #stamp = { atMs: Number.NaN, text: '' };
  #dropped = 0;
  #droppedInStorm = 0;
  #credit: number;
  #creditAtMs: number;
  #stormTimer: Timer | undefined;

  constructor(options: ProcessLogOptions) {
    this.#clock = options.clock;
    this.#file = options.file;
    this.#keptLines = options.keptLines ?? 5_000;
    this.#maxLineChars = options.maxLineChars ?? 16 * 1024;
    this.#secrets = options.secrets ?? new Secrets();
    this.#storm = options.storm ?? defaultStorm;
    this.#credit = this.#storm.burstLines;
    this.#creditAtMs = options.clock.monoMs();
    this.#lines = new Emitter((error) => options.log.error('a listener to log lines failed', { error }));
  }

  get dropped(): number {
    return this.#dropped + (this.#file?.lost ?? 0);
  }

  read(limit: number, afterSeq = 0): readonly LogLine[] {
    const first = Math.max(afterSeq + 1, this.#lastSeq - this.#keptLines + 1, this.#lastSeq - Math.max(0, Math.floor(limit)) + 1, 1);
    const lines: LogLine[] = [];
    for (let seq = first; seq <= this.#lastSeq; seq++) {
      const line = this.#ring[seq % this.#keptLines];
      if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  waitFor(afterSeq: number, waitMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#lastSeq > afterSeq) return Promise.resolve(true);
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
  attach(stream: Readable, kind: 'out' | 'err', takes: (line: string) => boolean = () => false): () => void {
    const decoder = new StringDecoder('utf8');
    const splitter = new LineSplitter(this.#maxLineChars);
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      const rest = [...splitter.push(decoder.end()), splitter.flush()];
      for (const line of rest) if (line !== null && !takes(line)) this.#take(kind, line, this.#clock.monoMs(), false);
      this.#tellStorm();
    };
    stream.on('data', (chunk: Buffer) => {
      if (over) return;
      const text = decoder.write(chunk);
      // One look at the whole piece; its first line began in the piece before it.
      const plain = isPlain(text) && this.#secrets.clean(text);
      const nowMs = this.#clock.monoMs();
      for (const [index, line] of splitter.push(text).entries()) if (!takes(line)) this.#take(kind, line, nowMs, plain && index > 0);
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

  #take(kind: 'out' | 'err', text: string, nowMs: number, plain: boolean): void {
    this.#credit = Math.min(this.#storm.burstLines, this.#credit + ((nowMs - this.#creditAtMs) * this.#storm.linesPerSecond) / 1_000);
    this.#creditAtMs = nowMs;
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
    const line: LogLine = { seq: ++this.#lastSeq, atMs: this.#clock.wallMs(), stream, text };
    this.#ring[line.seq % this.#keptLines] = line;
    this.#file?.append(`${this.#stampOf(line.atMs)} ${stream} ${text}`);
    if (this.#lines.size > 0) this.#lines.emit(line);
  }
}
