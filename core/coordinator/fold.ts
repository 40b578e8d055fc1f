import { type ArmState, type ArmStates, emptyArm, microPerReward } from './types.js';

/** A reward in 0..1 as whole millionths; what is outside is an error of the caller. */
export function toMicro(reward: number): number {
  if (!(reward >= 0 && reward <= 1)) throw new RangeError(`a reward must be within 0..1, got ${reward}`);
  return Math.round(reward * microPerReward);
}

/** Square of a reward, both in millionths; the settlement script rounds the same way. */
export const squareMicro = (micro: number): number => Math.floor((micro * micro) / microPerReward + 0.5);

function add(state: ArmState, n: number, micro: number, square: number): ArmState {
  return { ...state, n: state.n + n, sum: state.sum + micro, sumSq: state.sumSq + square };
}

/** The state after one more reward (in millionths) of an arm. */
export function settle(states: ArmStates, arm: string, micro: number): ArmStates {
  return { ...states, [arm]: add(states[arm] ?? emptyArm, 1, micro, squareMicro(micro)) };
}

/** The state after a settled reward turned out to be another one: the difference counts once, `n` stays. */
export function amend(states: ArmStates, arm: string, fromMicro: number, toMicroReward: number): ArmStates {
  return { ...states, [arm]: add(states[arm] ?? emptyArm, 0, toMicroReward - fromMicro, squareMicro(toMicroReward) - squareMicro(fromMicro)) };
}
