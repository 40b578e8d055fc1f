export interface CutLine {
  /** Of its first byte in the file. */
  readonly offset: number;
  /** Of the first byte after its line break. */
  readonly end: number;
  readonly bytes: Buffer;
  /** The line went on past the limit; `bytes` is its beginning. */
  readonly tooLong: boolean;
}

const newline = 0x0a;
const keptOfTooLong = 2_000;

/** Cuts the bytes of a growing file into lines, however they come in pieces. What has no line break yet is not a line. */
export class LineCutter {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #held = 0;
  #start: number;
  #at: number;

  constructor(offset: number, maxBytes: number) {
    this.#start = offset;
    this.#at = offset;
    this.#maxBytes = maxBytes;
  }

  /** Where the next bytes are to be read. */
  get position(): number {
    return this.#at;
  }

  /** Where the line that has no end yet begins. */
  get lineStart(): number {
    return this.#start;
  }

  add(chunk: Buffer): CutLine[] {
    const lines: CutLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      this.#keep(chunk.subarray(from, end));
      const after = this.#at + end + 1;
      lines.push(this.#line(after));
      from = end + 1;
      this.#start = after;
    }
    this.#keep(chunk.subarray(from));
    this.#at += chunk.length;
    return lines;
  }

  /** What is left when nobody writes any more: a last line without its break. */
  rest(): CutLine | undefined {
    return this.#held === 0 ? undefined : this.#line(this.#at);
  }

  #line(end: number): CutLine {
    const all = Buffer.concat(this.#pieces);
    const tooLong = this.#held > this.#maxBytes;
    this.#pieces = [];
    this.#held = 0;
    const bytes = tooLong ? all.subarray(0, keptOfTooLong) : all.at(-1) === 0x0d ? all.subarray(0, -1) : all;
    return { offset: this.#start, end, bytes, tooLong };
  }

  /** Of a line past the limit only the beginning is kept: a file without a line break must not fill the memory. */
  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#held <= this.#maxBytes) this.#pieces.push(Buffer.from(piece.subarray(0, this.#maxBytes + 1)));
    this.#held += piece.length;
  }
}

export type LineContent =
  | { readonly kind: 'blank' }
  | { readonly kind: 'item'; readonly text: string; readonly item: unknown }
  | { readonly kind: 'bad'; readonly reason: string; readonly text: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** One line of a JSONL file: an item, nothing, or the reason why it is neither. */
export function contentOf(line: CutLine): LineContent {
  const bytes = line.offset === 0 && line.bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? line.bytes.subarray(3) : line.bytes;
  const shown = bytes.subarray(0, keptOfTooLong).toString('utf8');
  if (line.tooLong) return { kind: 'bad', reason: 'the line is longer than a job may carry', text: shown };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { kind: 'bad', reason: 'the line is not UTF-8', text: shown };
  }
  if (text.trim() === '') return { kind: 'blank' };
  try {
    return { kind: 'item', text, item: JSON.parse(text) as unknown };
  } catch (error) {
    return { kind: 'bad', reason: `the line is not JSON: ${error instanceof Error ? error.message : String(error)}`, text: shown };
  }
}
