import type { ArmView } from '../../contract/state.js';

export interface ArmRewardRow {
  readonly arm: string;
  readonly mean: number;
  /** Distances from the mean to both ends of the 95 % interval, never negative. */
  readonly whisker: readonly [number, number];
  readonly low: number;
  readonly high: number;
  readonly share: number;
  readonly pulls: number;
  readonly settled: number;
  readonly frozen: boolean;
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Best arm first; equal means keep the order of their names, so that rows do not swap for nothing. */
export function armRewardsSeries(arms: readonly ArmView[]): readonly ArmRewardRow[] {
  return arms
    .map((arm) => {
      const mean = clamp(arm.mean);
      const low = Math.min(mean, clamp(arm.low));
      const high = Math.max(mean, clamp(arm.high));
      return {
        arm: arm.arm,
        mean,
        low,
        high,
        whisker: [mean - low, high - mean] as const,
        share: arm.share,
        pulls: arm.pulls,
        settled: arm.settled,
        frozen: arm.frozen,
      };
    })
    .sort((left, right) => right.mean - left.mean || left.arm.localeCompare(right.arm));
}
