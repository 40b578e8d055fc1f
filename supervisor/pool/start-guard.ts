import { type Backoff, delayFor } from '../../core/base/backoff.js';
import type { Clock, Random } from '../../core/base/clock.js';

export const startBackoff: Backoff = { firstMs: 500, factor: 2, capMs: 10_000, jitter: 0.2 };
/** Starts in a row that may fail before the template is suspended. */
export const startAttempts = 3;
export const openMs = 30_000;
/** What only the operator can mend is looked at again now and then: somebody may have signed in, which changes no file of ours. */
export const configOpenMs = 5 * 60_000;
/** Idle agents that die this soon after they became ready say as much about the template as a failed start. */
const youngMs = 10_000;
const youngWindowMs = 60_000;
const youngLimit = 10;

/**
 * Decides when a template may be started: backoff after a failure, suspended for 30 s after three in
 * a row, then one probe whose success opens it for all again.
 */
export class StartGuard {
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #lastFailureAtMs = Number.NEGATIVE_INFINITY;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  /** The same moment for people. */
  #retryAtWallMs = 0;
  #reason: string | null = null;
  #youngDeaths: number[] = [];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Parallel starts allowed now. */
  allowed(normal: number): number {
    if (this.#clock.monoMs() < this.#retryAtMs) return 0;
    return this.#failures > 0 ? Math.min(1, normal) : normal;
  }

  /** Milliseconds until another start may be tried; null when one may be tried now. */
  get retryInMs(): number | null {
    const waitMs = this.#retryAtMs - this.#clock.monoMs();
    return waitMs > 0 ? Math.ceil(waitMs) : null;
  }

  /** Wall ms of the next try while starts are suspended; null when it is due or nothing is wrong. */
  get retryAtWallMs(): number | null {
    return this.trouble === null || this.retryInMs === null ? null : this.#retryAtWallMs;
  }

  /** Why starts are suspended; null while the template is in order. Stays set during the probe. */
  get trouble(): string | null {
    return this.#failures >= startAttempts ? this.#reason : null;
  }

  /**
   * Returns true when this failure suspends the template. Starts that ran side by side count as one attempt. A `lasting`
   * one, which no other try would mend, suspends at once and for longer.
   */
  failed(launchedAtMs: number, reason: string, lasting = false): boolean {
    this.#reason = reason;
    if (launchedAtMs < this.#lastFailureAtMs) return false;
    this.#lastFailureAtMs = this.#clock.monoMs();
    this.#failures = lasting ? Math.max(startAttempts, this.#failures) : this.#failures + 1;
    const suspends = this.#failures >= startAttempts;
    this.#pause(lasting ? configOpenMs : suspends ? openMs : delayFor(startBackoff, this.#failures - 1, this.#random));
    return suspends;
  }

  /** A person asks for it: the next try is due now. */
  tryNow(): void {
    this.#pause(0);
  }

  /** Returns true when this success ends a suspension. */
  succeeded(): boolean {
    const recovered = this.trouble !== null;
    this.#failures = 0;
    this.#retryAtMs = Number.NEGATIVE_INFINITY;
    this.#reason = null;
    return recovered;
  }

  /** An unused agent died; returns true when such deaths suspend the template. */
  diedIdle(readyForMs: number, reason: string): boolean {
    if (readyForMs >= youngMs) return false;
    const now = this.#clock.monoMs();
    this.#youngDeaths = [...this.#youngDeaths.filter((at) => now - at < youngWindowMs), now];
    if (this.#youngDeaths.length < youngLimit) return false;
    this.#youngDeaths = [];
    this.#failures = startAttempts;
    this.#reason = `agents die right after they became ready (${reason})`;
    this.#lastFailureAtMs = now;
    this.#pause(openMs);
    return true;
  }

  #pause(waitMs: number): void {
    this.#retryAtMs = this.#clock.monoMs() + waitMs;
    this.#retryAtWallMs = Math.round(this.#clock.wallMs() + waitMs);
  }
}
