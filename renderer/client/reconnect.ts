/** When to try the host again after the connection was lost: data and one pure function. */
export interface ReconnectPolicy {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** Share of the delay that varies both ways, 0..1, so that many screens do not return in one wave. */
  readonly jitter: number;
}

export const reconnectPolicy: ReconnectPolicy = { firstMs: 400, factor: 1.8, capMs: 10_000, jitter: 0.25 };

/** Delay before try number `attempt` (0 = first retry), whole ms, always finite; `random` is uniform in [0, 1). */
export function reconnectDelayMs(policy: ReconnectPolicy, attempt: number, random: number): number {
  const exponent = Math.min(Math.max(0, attempt), 40);
  const base = Math.min(policy.capMs, policy.firstMs * policy.factor ** exponent);
  return Math.round(base * (1 + policy.jitter * (2 * random - 1)));
}
