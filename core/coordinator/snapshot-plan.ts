import { type CoordinatorSettings, type Plan, plan } from './decide.js';
import { remember } from './memory.js';
import type { Snapshot } from './snapshot.js';
import type { Context, LearnedState } from './types.js';

/** The settings of a draw out of those that count now. */
export const drawSettings = ({ settings }: Snapshot): CoordinatorSettings => ({
  policy: settings.policy,
  alpha: settings.alpha,
  model: settings.rewards.model,
  warmupPulls: settings.warmupPulls,
  warmup: settings.warmup,
  floor: settings.floor,
});

/** What a policy learns from: the memory applied; linear models keep everything, so their arms do too. */
export function learnedOf(snapshot: Snapshot, intent: string | null): LearnedState {
  const { policy, memory } = snapshot.settings;
  const linear = policy === 'linucb' || policy === 'lints';
  if (linear) return { arms: snapshot.states, linear: snapshot.linear };
  if (memory.halfLife === 'never' && memory.window === 'all') {
    const cell = intent === null ? undefined : snapshot.cells[intent];
    return intent === null || cell === undefined ? { arms: snapshot.states } : { arms: snapshot.states, cells: { [intent]: cell } };
  }
  return remember(snapshot.buckets, snapshot.settled, memory, intent);
}

/** The plan of the next decision in a context, with the state it rests on. */
export function planFor(snapshot: Snapshot, context: Context): { readonly plan: Plan; readonly state: LearnedState; readonly context: Context } {
  const state = learnedOf(snapshot, context.intent);
  return { plan: plan(snapshot.arms, context, state, snapshot.sinceReset, drawSettings(snapshot), snapshot.states), state, context };
}
