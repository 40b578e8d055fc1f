/** A person's rating 1..5 as a reward 0..1. */
export function ratingReward(rating: number): number {
  if (!Number.isInteger(rating) || rating < 1 || rating > 5) throw new RangeError(`a rating must be 1, 2, 3, 4 or 5, got ${rating}`);
  return (rating - 1) / 4;
}

export interface TurnOutcome {
  readonly failed: boolean;
  readonly latencyMs: number;
}

/** What a turn earns that nobody rated. */
export interface ImplicitWeights {
  /** For an answer at all. */
  readonly answered: number;
  /** For an answer at once; falls to 0 at the latency budget. */
  readonly speed: number;
  /** Multiplies the whole. */
  readonly implicitWeight: number;
}

export const defaultWeights: ImplicitWeights = { answered: 0.5, speed: 0.5, implicitWeight: 1 };

/** Without a rating: 0 for a failure, else `answered` plus up to `speed` for speed, times `implicitWeight` (a bare number is that); within 0..1. */
export function implicitReward(outcome: TurnOutcome, latencyBudgetMs: number, weights: ImplicitWeights | number = defaultWeights): number {
  if (outcome.failed) return 0;
  const { answered, speed, implicitWeight } = typeof weights === 'number' ? { ...defaultWeights, implicitWeight: weights } : weights;
  const spare = 1 - outcome.latencyMs / latencyBudgetMs;
  const fast = Math.min(1, Math.max(0, Number.isNaN(spare) ? 0 : spare));
  return Math.min(1, Math.max(0, (answered + speed * fast) * implicitWeight));
}

/** The same in words, beside the settings. */
export const rewardFormula = (latencyBudgetMs: number, windowMs: number, { answered, speed, implicitWeight }: ImplicitWeights = defaultWeights): string =>
  `(rating − 1) / 4; without a rating after ${Math.round(windowMs / 1_000)} s: 0 for a failure, else ${implicitWeight === 1 ? '' : `${implicitWeight} · `}(${answered} + ${speed} · (1 − latency / ${Math.round(latencyBudgetMs / 1_000)} s))`;
