import type { Trends } from '../../contract/coordinator-views.js';

export interface LearningPoint {
  /** Settled turns at the end of the stretch. */
  readonly settled: number;
  readonly reward: number | null;
  readonly exploration: number | null;
  /** Mean reward by arm; an arm without rewards in this stretch is left out. */
  readonly arms: Readonly<Record<string, number>>;
}

export interface LearningSeries {
  readonly arms: readonly string[];
  readonly points: readonly LearningPoint[];
}

/** Arms that get a line of their own; the rest would be a tangle. */
const mostLines = 4;

/** Stretches as points over settled turns, and the arms with the most rewards. */
export function learningSeries(stretches: Trends['stretches']): LearningSeries {
  const rewards = new Map<string, number>();
  for (const stretch of stretches) for (const [arm, own] of Object.entries(stretch.arms)) rewards.set(arm, (rewards.get(arm) ?? 0) + own.settled);
  const arms = [...rewards]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, mostLines)
    .map(([arm]) => arm);
  const points = stretches.map((stretch) => ({
    settled: (stretch.bucket + 1) * 50,
    reward: stretch.reward,
    exploration: stretch.exploration,
    arms: Object.fromEntries(arms.flatMap((arm) => (stretch.arms[arm]?.reward == null ? [] : [[arm, stretch.arms[arm].reward]]))),
  }));
  return { arms, points };
}
