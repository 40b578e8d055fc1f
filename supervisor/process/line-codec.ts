import { RoostError } from '../../contract/errors.js';

export interface LineLimits {
  readonly maxLineBytes: number;
  /** Nesting of arrays and objects: JSON that parses at any depth overflows the stack of those who walk it. */
  readonly maxDepth: number;
}

export const defaultLineLimits: LineLimits = { maxLineBytes: 1024 * 1024, maxDepth: 128 };

export interface Decoded {
  readonly messages: unknown[];
  /** Set once the stream broke the rules; nothing after it is decoded. */
  readonly violation: string | null;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d || char === 0x5d) depth--;
  }
  return deepest;
}

/** Turns bytes in any chunking into JSON values, one a line. Holds at most one line and one chunk. */
export class LineDecoder {
  readonly #limits: LineLimits;
  #parts: Buffer[] = [];
  #heldBytes = 0;
  #violation: string | null = null;

  constructor(limits: LineLimits = defaultLineLimits) {
    this.#limits = limits;
  }

  push(chunk: Buffer): Decoded {
    const messages: unknown[] = [];
    let from = 0;
    while (this.#violation === null) {
      const end = chunk.indexOf(0x0a, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      if (this.#heldBytes + part.length > this.#limits.maxLineBytes) {
        this.#break(`a line longer than ${this.#limits.maxLineBytes} bytes`);
        break;
      }
      if (end < 0) {
        // A copy: a small rest must not keep a large chunk alive.
        if (part.length > 0) this.#parts.push(Buffer.from(part));
        this.#heldBytes += part.length;
        break;
      }
      const line = this.#parts.length === 0 ? part : Buffer.concat([...this.#parts, part]);
      this.#parts = [];
      this.#heldBytes = 0;
      this.#parse(line, messages);
      from = end + 1;
    }
    return { messages, violation: this.#violation };
  }

  #parse(line: Buffer, messages: unknown[]): void {
    const text = line.toString('utf8').trim();
    if (text === '') return;
    // Fewer brackets than the limit cannot nest past it: most lines are not walked.
    if (text.length > 2 * this.#limits.maxDepth && depthOf(text) > this.#limits.maxDepth) {
      this.#break(`JSON nested deeper than ${this.#limits.maxDepth}`);
      return;
    }
    try {
      messages.push(JSON.parse(text));
    } catch {
      // The parser's own message quotes the input; what people need is the start of the line, made printable.
      this.#break(`a line that is not JSON: ${JSON.stringify(text.slice(0, 80))}`);
    }
  }

  #break(violation: string): void {
    this.#violation = violation;
    this.#parts = [];
    this.#heldBytes = 0;
  }
}

/** One line with its newline. Throws RoostError `too-large` or `protocol` for what must not be sent. */
export function encodeLine(message: unknown, limits: LineLimits = defaultLineLimits): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw new RoostError('protocol', 'a message to a process cannot be written as JSON', { cause: error });
  }
  if (text === undefined) throw new RoostError('protocol', 'a message to a process cannot be written as JSON');
  if (Buffer.byteLength(text) > limits.maxLineBytes) {
    throw new RoostError('too-large', `a message to a process has ${Buffer.byteLength(text)} bytes, at most ${limits.maxLineBytes} are allowed`);
  }
  return `${text}\n`;
}
