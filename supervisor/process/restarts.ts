import type { ExitView } from '../../contract/state.js';
import type { Random } from '../../core/base/clock.js';
import type { RestartBudget } from './restart-budget.js';
import {
  decide,
  defaultRestartLimits,
  type EndedLife,
  noHistory,
  type RestartDecision,
  type RestartHistory,
  type RestartLimits,
  settled,
  withStart,
} from './restart-policy.js';

export interface RestartsOptions {
  readonly random: Random;
  readonly limits?: RestartLimits;
  readonly budget?: RestartBudget;
}

/** The restarts that one process has had and may have: its own policy, and its turn among all processes. Times are monotonic. */
export class Restarts {
  readonly #random: Random;
  readonly #limits: RestartLimits;
  readonly #budget: RestartBudget | undefined;
  #history: RestartHistory = noHistory;
  /** The time the fleet's budget gave to the restart that is due. */
  #grantedMs: number | undefined;

  constructor({ random, limits, budget }: RestartsOptions) {
    this.#random = random;
    this.#limits = limits ?? defaultRestartLimits;
    this.#budget = budget;
  }

  /** A start that no person asked for. */
  started(nowMs: number): void {
    this.#history = withStart(this.#history, nowMs, this.#limits);
  }

  /** What follows an end: `own` where its owner has decided. `answered` when the policy's answer to this exit is the one that holds: only then it costs. */
  after(life: EndedLife, own: RestartDecision | undefined, answered: boolean, nowMs: number): RestartDecision {
    const before = this.#history;
    const { history, decision } = own === undefined ? decide(before, life, nowMs, this.#random, this.#limits) : { history: before, decision: own };
    this.#history = answered ? history : settled(before, life.ranMs, this.#limits);
    return decision;
  }

  /** A restart is due: null when it may happen now. One beyond what all processes may have at once gets a later time, once. */
  turn(last: ExitView | null, nowMs: number): { readonly dueMs: number; readonly why: string } | null {
    // A try for which there was no room has used up nothing.
    const planned = last?.cause === 'recycled' || last?.shortage === true;
    if (this.#budget === undefined || this.#grantedMs !== undefined || planned) return null;
    this.#grantedMs = this.#budget.take(nowMs);
    if (this.#grantedMs <= nowMs) return null;
    const { starts, windowMs } = this.#budget.limits;
    const why = `Waits for its turn: Roost restarts at most ${starts} processes within ${Math.round(windowMs / 1_000)} s. Last: ${last?.message ?? 'unknown'}.`;
    return { dueMs: this.#grantedMs, why };
  }

  /** The wait is over; a turn that was not used is given back. */
  turnOver(used: boolean): void {
    if (this.#grantedMs !== undefined && !used) this.#budget?.giveBack(this.#grantedMs);
    this.#grantedMs = undefined;
  }
}
