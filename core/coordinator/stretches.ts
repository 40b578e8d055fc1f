import { armOfSlot } from './live-settings.js';
import type { LearnedSums } from './log-fold.js';
import type { Stretch } from './trends.js';
import { microPerReward } from './types.js';

/** The kept buckets as stretches of 50 settled pulls, oldest first. Every generation of an arm counts as that arm. */
export function stretchesOf(sums: LearnedSums): readonly Stretch[] {
  return Object.entries(sums.buckets)
    .map(([index, fields]) => stretchOf(Number(index), fields))
    .sort((a, b) => a.bucket - b.bucket);
}

function stretchOf(bucket: number, fields: Readonly<Record<string, number>>): Stretch {
  const kinds = { forced: fields['forced'] ?? 0, explore: fields['explore'] ?? 0, exploit: fields['exploit'] ?? 0 };
  const decisions = kinds.forced + kinds.explore + kinds.exploit;
  const arms: Record<string, { n: number; sum: number }> = {};
  let [n, sum] = [0, 0];
  for (const [field, value] of Object.entries(fields)) {
    const [slot, , what] = field.split('|');
    if (slot === undefined || what === undefined) continue;
    const arm = armOfSlot(slot);
    arms[arm] ??= { n: 0, sum: 0 };
    const own = arms[arm];
    if (what === 'n') {
      own.n += value;
      n += value;
    } else if (what === 's') {
      own.sum += value;
      sum += value;
    }
  }
  const mean = (count: number, micro: number): number | null => (count === 0 ? null : micro / microPerReward / count);
  return {
    bucket,
    atMs: fields['at'] ?? null,
    decisions,
    settled: n,
    reward: mean(n, sum),
    exploration: decisions === 0 ? null : (fields['exploration'] ?? 0) / microPerReward / decisions,
    kinds,
    arms: Object.fromEntries(Object.entries(arms).map(([arm, own]) => [arm, { settled: own.n, reward: mean(own.n, own.sum) }])),
  };
}
