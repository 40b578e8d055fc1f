import { type CoordinatorSettings, plan } from './decide.js';
import type { LoggedTurn } from './decision-record.js';
import { settle, toMicro } from './fold.js';
import { addLinear, emptyLinear, milliPerFeature } from './linear.js';
import type { ArmConfig, ArmStates, LinearState } from './types.js';

/**
 * A learning policy on somebody else's log, by rejection sampling (Li et al. 2011; Mandel et al. 2016 for
 * logs that were not uniform): a decision is accepted with probability pi(arm) / (M p(arm)), M the largest ratio
 * over the arms, and only what is accepted is learned from. So the accepted ones are distributed as if the policy had made them.
 */
export class Replay {
  readonly #arms: readonly ArmConfig[];
  readonly #settings: CoordinatorSettings;
  readonly #random: () => number;
  #states: ArmStates = {};
  #cells: Record<string, ArmStates> = {};
  #linear: Record<string, LinearState> = {};
  #accepted = 0;
  #sum = 0;

  constructor(arms: readonly ArmConfig[], settings: CoordinatorSettings, random: () => number) {
    this.#arms = arms;
    this.#settings = settings;
    this.#random = random;
  }

  add({ decision, reward }: LoggedTurn): void {
    if (reward === null) return;
    const known = new Map(decision.arms.map((arm) => [arm.arm, arm.p]));
    const arms = this.#arms.filter((arm) => (known.get(arm.arm) ?? 0) > 0);
    if (!arms.some((arm) => arm.arm === decision.arm && !arm.frozen && arm.retired !== true)) return;
    const features = decision.x.map((milli) => milli / milliPerFeature);
    const context = { intent: decision.intent, ...(features.length === 0 ? {} : { features }) };
    const state = { arms: this.#states, cells: this.#cells, linear: this.#linear };
    const { pi } = plan(arms, context, state, this.#accepted, this.#settings);
    let largest = 0;
    let own = 0;
    for (const [i, arm] of arms.entries()) {
      const ratio = (pi[i] ?? 0) / (known.get(arm.arm) ?? 1);
      largest = Math.max(largest, ratio);
      if (arm.arm === decision.arm) own = ratio;
    }
    if (largest <= 0 || this.#random() * largest >= own) return;
    const micro = toMicro(reward);
    this.#accepted++;
    this.#sum += reward;
    this.#states = settle(this.#states, decision.arm, micro);
    if (decision.intent !== null) this.#cells = { ...this.#cells, [decision.intent]: settle(this.#cells[decision.intent] ?? {}, decision.arm, micro) };
    if (decision.x.length > 0)
      this.#linear = { ...this.#linear, [decision.arm]: addLinear(this.#linear[decision.arm] ?? emptyLinear(decision.x.length), decision.x, micro) };
  }

  /** Null while fewer than 30 decisions were accepted. */
  get result(): { readonly accepted: number; readonly value: number } | null {
    return this.#accepted < 30 ? null : { accepted: this.#accepted, value: this.#sum / this.#accepted };
  }
}

/** A repeatable stream of uniforms in [0, 1): the same question gets the same answer (mulberry32). */
export function repeatable(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
