import type { z } from 'zod';
import type { intentTableSchema } from '../../contract/coordinator-views.js';
import { eligibleArms } from './cold-start.js';
import { beliefs, credibleInterval } from './posterior.js';
import type { Snapshot } from './snapshot.js';
import { learnedOf, planFor } from './snapshot-plan.js';
import { emptyArm, microPerReward } from './types.js';

export type IntentTable = z.infer<typeof intentTableSchema>;

/** One arm table per known intent, what was settled under it first. Requests without an intent come last, as `none`. */
export function intentTables(snapshot: Snapshot): readonly IntentTable[] {
  const names = [...snapshot.intents.keys(), ...(snapshot.cells[''] === undefined ? [] : [''])];
  return names
    .map((intent): IntentTable => {
      const context = { intent: intent === '' ? null : intent };
      const state = learnedOf(snapshot, intent);
      const believed = beliefs(snapshot.arms, { intent }, state, snapshot.settings.rewards.model);
      const next = eligibleArms(snapshot.arms).length === 0 ? undefined : planFor(snapshot, { ...context, features: [1] }).plan;
      const arms = snapshot.arms.map((arm, i) => {
        const cell = snapshot.cells[intent]?.[arm.arm] ?? emptyArm;
        const belief = believed[i];
        return {
          arm: arm.arm,
          settled: cell.n,
          mean: belief?.mean ?? 0,
          ...(belief === undefined ? { low: 0, high: 1 } : credibleInterval(belief)),
          average: cell.n === 0 ? null : cell.sum / microPerReward / cell.n,
          share: next?.pi[i] ?? 0,
        };
      });
      const settled = arms.reduce((sum, arm) => sum + arm.settled, 0);
      return { intent: intent === '' ? 'none' : intent, settled, arms };
    })
    .sort((a, b) => Number(a.intent === 'none') - Number(b.intent === 'none') || b.settled - a.settled);
}
