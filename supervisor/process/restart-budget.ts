export interface BudgetLimits {
  readonly starts: number;
  readonly windowMs: number;
}

export const defaultFleetLimits: BudgetLimits = { starts: 10, windowMs: 60_000 };

/**
 * Automatic restarts of all processes together: when everything dies of one cause, everything that
 * comes back at once dies of it again. A start past the limit gets a later time, first come first
 * served; none is lost. Pure arithmetic on monotonic times.
 */
export class RestartBudget {
  readonly limits: BudgetLimits;
  /** Granted times, ascending. */
  #granted: number[] = [];

  constructor(limits: BudgetLimits = defaultFleetLimits) {
    this.limits = limits;
  }

  /** When a start that is due now may happen; it counts from then on. Ask once per start, with times that never go back. */
  take(nowMs: number): number {
    const { starts, windowMs } = this.limits;
    this.#granted = this.#granted.filter((atMs) => atMs > nowMs - windowMs);
    const blocking = this.#granted.at(-starts);
    const atMs = Math.max(nowMs, blocking === undefined ? nowMs : blocking + windowMs);
    this.#granted.push(atMs);
    return atMs;
  }

  /** A start that was granted for later is not wanted any more. */
  giveBack(atMs: number): void {
    const at = this.#granted.lastIndexOf(atMs);
    if (at >= 0) this.#granted.splice(at, 1);
  }
}
