/** A person's rating 1..5 as a reward 0..1. */
export function ratingReward(rating: number): number {
  if (!Number.isInteger(rating) || rating < 1 || rating > 5) throw new RangeError(`a rating must be 1, 2, 3, 4 or 5, got ${rating}`);
  return (rating - 1) / 4;
}

export interface TurnOutcome {
  readonly failed: boolean;
  readonly latencyMs: number;
}

/** Without a rating: 0 for a failure, else 0.5 for an answer plus up to 0.5 for speed, times `weight` (0..1). */
export function implicitReward(outcome: TurnOutcome, latencyBudgetMs: number, weight = 1): number {
  if (outcome.failed) return 0;
  const spare = 1 - outcome.latencyMs / latencyBudgetMs;
  return (0.5 + 0.5 * Math.min(1, Math.max(0, Number.isNaN(spare) ? 0 : spare))) * weight;
}
