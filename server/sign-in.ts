import { RoostError } from '../contract/errors.js';
import type { Clock } from '../core/base/clock.js';
import { newSecretText, Secret } from './secret.js';

export const ticketLifeMs = 5 * 60_000;
/** Oldest first out: a script that mints in a loop cannot grow the host. */
const maxTickets = 100;
const maxSignedIn = 64;

/**
 * How a browser gets in without ever seeing the token: a one-time ticket in the link's fragment (never
 * sent to a server, never in a log) is exchanged for a cookie that lives as long as this run.
 */
export class SignIn {
  readonly #clock: Clock;
  readonly #token: Secret;
  readonly #tickets: { readonly secret: Secret; readonly expiresMs: number }[] = [];
  readonly #signedIn: Secret[] = [];

  constructor(options: { readonly clock: Clock; readonly token: Secret }) {
    this.#clock = options.clock;
    this.#token = options.token;
  }

  mintTicket(): string {
    const text = newSecretText();
    this.#tickets.push({ secret: new Secret(text), expiresMs: this.#clock.monoMs() + ticketLifeMs });
    if (this.#tickets.length > maxTickets) this.#tickets.shift();
    return text;
  }

  /** The value of a fresh cookie for a right ticket or token. A ticket works once. */
  exchange(credential: { readonly ticket: string } | { readonly token: string }): string {
    if ('token' in credential) {
      if (!this.#token.matches(credential.token)) throw new RoostError('unauthorized', 'the token is not the one of this run');
    } else {
      const at = this.#tickets.findIndex((ticket) => ticket.secret.matches(credential.ticket));
      const ticket = at < 0 ? undefined : this.#tickets.splice(at, 1)[0];
      if (ticket === undefined || ticket.expiresMs <= this.#clock.monoMs())
        throw new RoostError('unauthorized', 'this link has been used or is older than 5 minutes: roost open prints a new one');
    }
    const cookie = newSecretText();
    this.#signedIn.push(new Secret(cookie));
    if (this.#signedIn.length > maxSignedIn) this.#signedIn.shift();
    return cookie;
  }

  cookieMatches(candidate: string): boolean {
    return this.#signedIn.some((secret) => secret.matches(candidate));
  }
}
