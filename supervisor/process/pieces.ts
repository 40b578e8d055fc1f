const newline = 0x0a;
const carriageReturn = 0x0d;
const nothing = Buffer.alloc(0);

export interface PiecesOptions {
  /** Longer beginnings of a line are given away as they are. */
  readonly mostCarried: number;
  /** Whole lines: these bytes begin with a line and end with a newline. */
  whole(bytes: Buffer): void;
  /** Bytes that a line begins or ends in the middle of. */
  torn(bytes: Buffer): void;
}

/** Cuts what comes out of a pipe behind its last newline, so that nearly everything can be handled as whole lines. Every byte is given on once, in its order. */
export class Pieces {
  readonly #options: PiecesOptions;
  /** The beginning of a line. */
  #carry: Buffer = nothing;
  /** What was given on last ended in the middle of a line. */
  #inside = false;

  constructor(options: PiecesOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    let bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = nothing;
    if (this.#inside) {
      const end = bytes.indexOf(newline) + 1;
      this.#options.torn(end === 0 ? bytes : bytes.subarray(0, end));
      if (end === 0) return;
      this.#inside = false;
      bytes = bytes.subarray(end);
    }
    const end = bytes.lastIndexOf(newline) + 1;
    if (end > 0) this.#options.whole(bytes.subarray(0, end));
    this.#keep(bytes.subarray(end));
  }

  /** What was carried is the last that came. */
  end(): void {
    if (this.#carry.length > 0) this.#options.torn(this.#carry);
    this.#carry = nothing;
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    // A bare CR ends a line, too: progress bars are not held back.
    if (rest.length <= this.#options.mostCarried && !rest.includes(carriageReturn)) {
      // A copy: a small rest must not keep a large chunk alive.
      this.#carry = Buffer.from(rest);
      return;
    }
    this.#inside = true;
    this.#options.torn(rest);
  }
}
