import type { Phase } from '../../contract/state.js';
import { type ArmConfig, type ArmStates, emptyArm } from './types.js';

/** Share of forced draws at the start, after the warm-up, and while a new arm has few pulls after it. */
export const startEpsilon = 0.3;
export const floorEpsilon = 0.02;
export const newcomerEpsilon = 0.1;
/** Below this many pulls an arm is forced before the others. */
export const fewPulls = 20;

/** Settled pulls until the coordinator counts as learned, for `arms` arms. */
export const warmupLength = (warmupPulls: number, arms: number): number => Math.max(warmupPulls, 50 * arms);

/** How the forced share falls: `gradual` as below, `uniform` forces every draw of the warm-up. */
export interface ForcedRule {
  readonly warmup?: 'gradual' | 'uniform';
  /** Share after the warm-up. */
  readonly floor?: number;
}

/** Share of forced draws after `settled` settled pulls of a warm-up of `warmup`: flat, then linear, then the floor. */
export function epsilonAt(settled: number, warmup: number, rule: ForcedRule = {}): number {
  const floor = rule.floor ?? floorEpsilon;
  const share = settled / warmup;
  if (share >= 1) return floor;
  if (rule.warmup === 'uniform') return 1;
  return share <= 0.3 ? startEpsilon : startEpsilon + ((share - 0.3) / 0.7) * (floor - startEpsilon);
}

export function phaseAt(settled: number, warmup: number): Phase {
  if (settled < 0.3 * warmup) return 'warmup_early';
  if (settled < 0.7 * warmup) return 'warmup_mid';
  return settled < warmup ? 'warmup_late' : 'learned';
}

export const progressAt = (settled: number, warmup: number): number => Math.min(1, settled / warmup);

/** Arms that may be chosen: neither frozen nor retired and, where any is left, with a weight above 0. */
export function eligibleArms(arms: readonly ArmConfig[]): readonly ArmConfig[] {
  const open = arms.filter((arm) => !arm.frozen && arm.retired !== true);
  const weighted = open.filter((arm) => arm.weight > 0);
  return weighted.length === 0 ? open : weighted;
}

export const pullsOf = (states: ArmStates, arm: string): number => {
  const state = states[arm] ?? emptyArm;
  return Math.max(state.n, state.pulls ?? 0);
};

/** The forced draw: uniform over the eligible arms with few pulls if there are any, else over all eligible. */
export function forcedDistribution(arms: readonly ArmConfig[], states: ArmStates): number[] {
  const eligible = eligibleArms(arms);
  const fresh = eligible.filter((arm) => pullsOf(states, arm.arm) < fewPulls);
  const chosen = new Set(fresh.length > 0 ? fresh : eligible);
  return arms.map((arm) => (chosen.has(arm) ? 1 / chosen.size : 0));
}

/** The forced share of one decision: the schedule, raised after the warm-up for an arm that joined late. */
export function forcedShare(arms: readonly ArmConfig[], states: ArmStates, settled: number, warmup: number, rule: ForcedRule = {}): number {
  const scheduled = epsilonAt(settled, warmup, rule);
  const newcomer = settled >= warmup && eligibleArms(arms).some((arm) => pullsOf(states, arm.arm) < fewPulls);
  return newcomer ? Math.max(scheduled, newcomerEpsilon) : scheduled;
}
