import type { Clock } from '../core/base/clock.js';

const windowMs = 60_000;
const lockMs = 30_000;
const maxFailures = 5;
/** Clients remembered at most; the one silent for longest is forgotten first. */
const maxClients = 256;

interface Attempts {
  failuresMs: number[];
  lockedUntilMs: number;
}

/**
 * Five wrong credentials within a minute lock that client out for 30 s. Only further wrong tries feel
 * it: a right credential is let through, so nobody can lock the owner out by knocking in their name.
 */
export class AttemptLock {
  readonly #clock: Clock;
  readonly #clients = new Map<string, Attempts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a failure; answers how long this client is locked out, 0 when it is not. */
  failed(client: string): number {
    const nowMs = this.#clock.monoMs();
    const attempts = this.#clients.get(client) ?? { failuresMs: [], lockedUntilMs: 0 };
    this.#clients.delete(client);
    this.#clients.set(client, attempts);
    if (this.#clients.size > maxClients) this.#clients.delete(this.#clients.keys().next().value ?? client);
    if (attempts.lockedUntilMs > nowMs) return attempts.lockedUntilMs - nowMs;
    attempts.failuresMs = [...attempts.failuresMs.filter((atMs) => nowMs - atMs < windowMs), nowMs];
    if (attempts.failuresMs.length <= maxFailures) return 0;
    attempts.failuresMs = [];
    attempts.lockedUntilMs = nowMs + lockMs;
    return lockMs;
  }
}
