import type { LogLine } from './types.js';

/** Lines that came at the same moment; their texts stand in one string until somebody reads them. */
interface Batch extends Omit<LogLine, 'seq'> {
  readonly firstSeq: number;
  /** Lines in `text`, which has a newline between two of them. */
  readonly count: number;
}

/** The newest lines of a process. A piece that came in one go is kept in one go: a flood costs no object for each of its lines. */
export class LineRing {
  readonly #kept: number;
  /** Batch `n` since the beginning lies at `n % (kept + 1)`: each holds a line, and the newest is there before the oldest goes. */
  readonly #batches: (Batch | undefined)[] = [];
  #oldest = 0;
  #end = 0;
  #lastSeq = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Answers the number of the last of them. */
  add(batch: Omit<Batch, 'firstSeq'>): number {
    this.#batches[this.#end++ % (this.#kept + 1)] = { ...batch, firstSeq: this.#lastSeq + 1 };
    this.#lastSeq += batch.count;
    for (let oldest = this.#at(this.#oldest); oldest !== undefined && oldest.firstSeq + oldest.count <= this.#firstSeq; oldest = this.#at(this.#oldest)) {
      this.#batches[this.#oldest++ % (this.#kept + 1)] = undefined;
    }
    return this.#lastSeq;
  }

  /** Lines after `afterSeq`, the newest `limit` of them, oldest first. */
  read(limit: number, afterSeq: number): LogLine[] {
    const first = Math.max(afterSeq + 1, this.#lastSeq - Math.max(0, Math.floor(limit)) + 1, this.#firstSeq);
    let index = this.#end;
    for (let batch = this.#at(index - 1); batch !== undefined && batch.firstSeq + batch.count > first; batch = this.#at(index - 1)) index--;
    const lines: LogLine[] = [];
    for (let batch = this.#at(index); batch !== undefined; batch = this.#at(++index)) {
      const { firstSeq, count, atMs, stream, text } = batch;
      const texts = count === 1 ? [text] : text.split('\n');
      for (let at = Math.max(0, first - firstSeq); at < count; at++) lines.push({ seq: firstSeq + at, atMs, stream, text: texts[at] ?? '' });
    }
    return lines;
  }

  /** The oldest line that still counts. */
  get #firstSeq(): number {
    return Math.max(1, this.#lastSeq - this.#kept + 1);
  }

  #at(index: number): Batch | undefined {
    return index >= this.#oldest && index < this.#end ? this.#batches[index % (this.#kept + 1)] : undefined;
  }
}
