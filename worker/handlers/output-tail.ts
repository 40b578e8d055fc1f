/** The last bytes of a stream: an error stands at the end. */
export class OutputTail {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;
  #dropped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get droppedBytes(): number {
    return this.#dropped + Math.max(0, this.#size - this.#maxBytes);
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Twice the bound before anything moves: else every small chunk would copy all of it.
    if (this.#size <= this.#maxBytes * 2) return;
    const kept = Buffer.concat(this.#chunks).subarray(-this.#maxBytes);
    this.#dropped += this.#size - kept.length;
    this.#chunks = [Buffer.from(kept)];
    this.#size = kept.length;
  }

  /** Begins with a whole character, also where the cut went through one. */
  text(): string {
    const kept = Buffer.concat(this.#chunks).subarray(-this.#maxBytes);
    let from = 0;
    if (this.droppedBytes > 0) while (from < Math.min(4, kept.length) && ((kept[from] ?? 0) & 0xc0) === 0x80) from++;
    return kept.subarray(from).toString('utf8');
  }
}
