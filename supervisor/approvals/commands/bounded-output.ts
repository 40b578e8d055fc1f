import { StringDecoder } from 'node:string_decoder';

/** The end of what a command printed, at most `maxBytes` of it; the beginning is let go first, at a whole character. */
export class BoundedOutput {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #truncated = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes > this.#maxBytes) {
      const first = this.#chunks[0] as Buffer;
      const over = this.#bytes - this.#maxBytes;
      this.#truncated = true;
      if (first.length <= over) {
        this.#chunks.shift();
        this.#bytes -= first.length;
      } else {
        this.#chunks[0] = first.subarray(over);
        this.#bytes -= over;
      }
    }
  }

  read(): { readonly output: string; readonly truncated: boolean } {
    let bytes = Buffer.concat(this.#chunks);
    // A cut may have left the rest of a character in front.
    let skip = 0;
    while (this.#truncated && skip < 4 && ((bytes[skip] ?? 0) & 0xc0) === 0x80) skip++;
    bytes = bytes.subarray(skip);
    return { output: new StringDecoder('utf8').write(bytes), truncated: this.#truncated };
  }
}
