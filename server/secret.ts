import { randomBytes, timingSafeEqual } from 'node:crypto';

/** The guard lets nothing longer come this far. */
const mostBytes = 512;

/** 256 random bits, safe in a header, a URL and a file. */
export const newSecretText = (): string => randomBytes(32).toString('base64url');

/** Something only its owner can repeat. Compared in a field of fixed size: neither length nor first difference shows in the time taken. */
export class Secret {
  readonly #known = Buffer.alloc(mostBytes);
  readonly #asked = Buffer.alloc(mostBytes);
  readonly #length: number;

  constructor(text: string) {
    this.#length = this.#known.write(text);
    if (Buffer.byteLength(text) > mostBytes) throw new RangeError(`a secret has at most ${mostBytes} bytes`);
  }

  matches(candidate: string): boolean {
    this.#asked.fill(0);
    const length = this.#asked.write(candidate);
    return timingSafeEqual(this.#known, this.#asked) && length === this.#length && Buffer.byteLength(candidate) === length;
  }
}
