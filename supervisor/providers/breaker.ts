/** Pure: what is known about one provider's health, and what follows from each outcome. Times are monotonic ms. */
export type Breaker =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly pauseMs: number }
  /** One request is under way to find out; forgotten at `untilMs` when nobody says how it ended. */
  | { readonly kind: 'half-open'; readonly untilMs: number; readonly pauseMs: number };

export interface BreakerRules {
  readonly failures: number;
  readonly pauseMs: number;
  /** Longest wait for the outcome of a try. */
  readonly tryMs: number;
}

export const closed: Breaker = { kind: 'closed', failures: 0 };
const maxPauseMs = 10 * 60_000;

/** Whether a request may go out now; `breaker` is what is known after it went. */
export function admit(breaker: Breaker, rules: BreakerRules, nowMs: number): { readonly breaker: Breaker; readonly waitMs: number | null } {
  if (breaker.kind === 'closed') return { breaker, waitMs: null };
  if (nowMs < breaker.untilMs) return { breaker, waitMs: breaker.untilMs - nowMs };
  return { breaker: { kind: 'half-open', untilMs: nowMs + rules.tryMs, pauseMs: breaker.pauseMs }, waitMs: null };
}

export function failed(breaker: Breaker, rules: BreakerRules, nowMs: number): Breaker {
  if (breaker.kind === 'open') return breaker;
  if (breaker.kind === 'half-open') {
    const pauseMs = Math.min(maxPauseMs, breaker.pauseMs * 2);
    return { kind: 'open', untilMs: nowMs + pauseMs, pauseMs };
  }
  const failures = breaker.failures + 1;
  return failures < rules.failures ? { kind: 'closed', failures } : { kind: 'open', untilMs: nowMs + rules.pauseMs, pauseMs: rules.pauseMs };
}

/** A late success of a request from before the pause proves nothing about now. */
export const succeeded = (breaker: Breaker): Breaker => (breaker.kind === 'open' ? breaker : closed);

/** The try ended without telling anything: the next request tries again. */
export const undecided = (breaker: Breaker, nowMs: number): Breaker =>
  breaker.kind === 'half-open' ? { kind: 'open', untilMs: nowMs, pauseMs: breaker.pauseMs } : breaker;
