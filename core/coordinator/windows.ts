import { eligibleArms } from './cold-start.js';
import { keptBuckets } from './kept.js';
import type { Snapshot } from './snapshot.js';
import { type ArmState, bucketSize, microPerReward } from './types.js';
import { type ArmRecord, type Window, windowsToHold } from './verdicts.js';

/**
 * Cumulative sums at the ends of the last three windows: what stands now, less the decisions of the newest
 * bucket, less those of the two newest. Arms that may not be chosen are not judged.
 */
export function windowsOf(snapshot: Snapshot): readonly Window[] {
  const names = eligibleArms(snapshot.arms).map((arm) => arm.arm);
  const current = Math.floor(snapshot.settled / bucketSize);
  // What is older than the kept buckets is left out: an arm is judged by what it does, not by what it did long ago.
  const old: Record<string, { n: number; sum: number }> = {};
  const newest = new Map<number, Record<string, { n: number; sum: number }>>();
  for (const { index, cells } of snapshot.buckets) {
    const isOld = current >= keptBuckets && (index < 0 || index <= current - keptBuckets);
    if (!isOld && (index < 0 || index <= current - windowsToHold)) continue;
    const sums: Record<string, { n: number; sum: number }> = isOld ? old : {};
    for (const cell of Object.values(cells))
      for (const [arm, state] of Object.entries(cell)) {
        sums[arm] ??= { n: 0, sum: 0 };
        const own = sums[arm];
        own.n += state.n;
        own.sum += state.sum;
      }
    if (!isOld) newest.set(index, sums);
  }
  return Array.from({ length: windowsToHold }, (_, i): Window => {
    const back = windowsToHold - 1 - i;
    const arms = names.map((arm): ArmRecord => {
      const total = snapshot.states[arm] as ArmState;
      let n = total.n - (old[arm]?.n ?? 0);
      let sum = total.sum - (old[arm]?.sum ?? 0);
      for (let at = current; at > current - back; at--) {
        n -= newest.get(at)?.[arm]?.n ?? 0;
        sum -= newest.get(at)?.[arm]?.sum ?? 0;
      }
      const last =
        back === 0 && total.weights !== undefined ? { weights: total.weights / microPerReward, weighted: (total.weighted ?? 0) / microPerReward } : {};
      return { arm, n: Math.max(0, n), sum: Math.max(0, sum) / microPerReward, ...last };
    });
    return { settled: Math.max(0, snapshot.settled - back * bucketSize), arms };
  });
}

/** How many settled pulls ago each arm was last chosen for a turn that has its reward, as far as the kept buckets reach. */
export function lastSeenOf(snapshot: Snapshot): Readonly<Record<string, number>> {
  const current = Math.floor(snapshot.settled / bucketSize);
  const newest: Record<string, number> = {};
  for (const { index, cells } of snapshot.buckets)
    for (const cell of Object.values(cells)) for (const [arm, { n }] of Object.entries(cell)) if (n > 0) newest[arm] = Math.max(newest[arm] ?? -1, index);
  return Object.fromEntries(Object.entries(newest).map(([arm, index]) => [arm, bucketSize * (index < 0 ? keptBuckets : current - index)]));
}
