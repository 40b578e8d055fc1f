import type { Random } from './clock.js';

export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** Share of the delay that varies both ways, 0..1. */
  readonly jitter: number;
}

/** 0.5 s doubling to 50 s, 20 % jitter: the longest wait stays under 60 s so that a stalled worker is back within 120 s. */
export const restartBackoff: Backoff = { firstMs: 500, factor: 2, capMs: 50_000, jitter: 0.2 };

/**
 * Delay before try number `attempt` (0 = first retry), in whole milliseconds, always finite.
 * Jitter spreads children that died of one shared cause.
 */
export function delayFor(backoff: Backoff, attempt: number, random: Random): number {
  const exponent = Math.min(Math.max(0, attempt), 60);
  const base = Math.min(backoff.capMs, backoff.firstMs * backoff.factor ** exponent);
  return Math.round(base * (1 + backoff.jitter * (2 * random() - 1)));
}
