import type { Plan } from './decide.js';
import { sharedRecord } from './decision-record.js';
import { featuresOf } from './features.js';
import { toMilli } from './linear.js';
import type { CoordinatorConfig, Snapshot } from './snapshot.js';
import { planFor } from './snapshot-plan.js';

/** Plans by intent kept for one state. */
const mostPlans = 64;

export interface Planned {
  readonly plan: Plan;
  /** Features in thousandths. */
  readonly x: string;
  /** JSON of what the records of all draws from it have in common, still open at its end. */
  readonly shared: string;
}

/** A state as it was read at a moment of the monotonic clock, with the plans made from it. */
export interface Known {
  readonly config: CoordinatorConfig;
  readonly atMs: number;
  readonly snapshot: Snapshot;
  readonly plans: Map<string, Planned>;
}

/** The plan of a decision in the context of `intent`; one for each state and intent. */
export function plannedDraw(known: Known, intent: string | null, wallMs: number): Planned {
  const key = intent ?? '';
  const kept = known.plans.get(key);
  if (kept !== undefined) return kept;
  const { snapshot, config } = known;
  const features = featuresOf({
    atMs: wallMs,
    intentPlace: intent === null ? undefined : snapshot.intents.get(intent),
    recentLatency: snapshot.latencyMs === null ? null : snapshot.latencyMs / config.latencyBudget,
  });
  const { plan, state, context } = planFor(snapshot, { intent, features });
  const { settings } = snapshot;
  const milli = toMilli(features);
  const record = sharedRecord(
    plan,
    context,
    state,
    { alpha: settings.alpha, model: settings.rewards.model },
    {
      settled: snapshot.settled,
      configVersion: settings.version,
      stateVersion: snapshot.version,
      milli,
    },
  );
  const fresh = { plan, x: milli.join(','), shared: JSON.stringify(record).slice(0, -1) };
  if (known.plans.size < mostPlans) known.plans.set(key, fresh);
  return fresh;
}
