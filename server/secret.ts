import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** 256 random bits, safe in a header, a URL and a file. */
export const newSecretText = (): string => randomBytes(32).toString('base64url');

/** Something only its owner can repeat. Compared by digest: neither length nor first difference shows in the time taken. */
export class Secret {
  readonly #digest: Buffer;

  constructor(text: string) {
    this.#digest = digest(text);
  }

  matches(candidate: string): boolean {
    return timingSafeEqual(this.#digest, digest(candidate));
  }
}
