import type { CoordinatorView } from '../../contract/state.js';
import { type Clock, type Random, systemRandom } from '../base/clock.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { ArmReader } from './arm-reader.js';
import { chooseScript, observeScript, settleScript } from './arm-scripts.js';
import { coordinatorView } from './coordinator-view.js';
import { draw, explorationOf } from './decide.js';
import { drawnOf } from './decision-record.js';
import { mostIntents } from './features.js';
import { toMicro } from './fold.js';
import { intentOf } from './intents.js';
import { keptDecisions } from './kept.js';
import { plannedDraw } from './planned-draw.js';
import { implicitReward, ratingReward, type TurnOutcome } from './rewards.js';
import type { CoordinatorConfig, Snapshot } from './snapshot.js';
import { type DecisionKind, microPerReward } from './types.js';

export type { CoordinatorConfig, KindCounts, Snapshot } from './snapshot.js';

export interface Chosen {
  readonly arm: string;
  readonly propensity: number;
  readonly kind: DecisionKind;
  /** The decision was on record already: this turn is being run again. */
  readonly repeated: boolean;
}

/** What is known of a turn when its arm is chosen. */
export interface TurnRequest {
  /** The request's own intent, or null to go by the configured words in `text`. */
  readonly intent: string | null;
  readonly text?: string;
}

/** Decisions stay readable this long; feedback windows are at most a day. */
const decisionTtlMs = 7 * 86_400_000;
const dueBatch = 500;
/** 1/p in millionths is bounded: a propensity below a thousandth would outweigh all others. */
const heaviestWeight = 1_000 * microPerReward;

/**
 * The coordinator's state in Redis, safe under any number of writers: counters are integers changed
 * by commuting increments, and each reward enters through one script that knows what it did before.
 */
export class ArmStore {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #state: ArmReader;

  constructor(options: { readonly redis: Redis; readonly keys: Keys; readonly clock: Clock; readonly random?: Random }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.#random = options.random ?? systemRandom;
    this.#state = new ArmReader(options);
  }

  /** Picks the arm of a turn and counts the pull; the same turn again gets the recorded decision and counts nothing. */
  async choose(turnId: string, request: TurnRequest, config: CoordinatorConfig): Promise<Chosen> {
    const known = await this.#state.fresh(config);
    const { settings } = known.snapshot;
    const intent = intentOf(request.intent, request.text ?? '', settings.intents);
    const { plan, x, shared } = plannedDraw(known, intent, this.#clock.wallMs());
    const decision = draw(plan, this.#random());
    const nowMs = this.#clock.wallMs();
    const keys = this.#keys;
    const slot = known.snapshot.live[decision.arm]?.slot ?? decision.arm;
    const weight = Math.min(heaviestWeight, Math.round(microPerReward / decision.propensity));
    const answer = (await chooseScript.run(
      this.#redis,
      [keys.armDecision(turnId), keys.arm(slot), keys.armTotals, keys.armLog, keys.armIntents, keys.armRecent],
      [
        decisionTtlMs,
        decision.kind,
        turnId,
        slot,
        intent ?? '',
        toMicro(explorationOf(plan)),
        nowMs,
        decision.arm,
        decision.propensity,
        weight,
        x,
        `${shared},${JSON.stringify(drawnOf(decision, nowMs)).slice(1)}`,
        keys.armBucket(''),
        mostIntents,
        keys.armDecision(''),
        keptDecisions,
      ],
    )) as string[];
    const [arm, propensity, kind] = answer;
    if (arm === undefined) return { arm: decision.arm, propensity: decision.propensity, kind: decision.kind, repeated: false };
    return { arm, propensity: Number(propensity), kind: kind as DecisionKind, repeated: true };
  }

  /** A turn ended: keeps its implicit reward until the feedback window closes. Once per turn; false when there is nothing to do. */
  async observe(turnId: string, outcome: TurnOutcome, config: Pick<CoordinatorConfig, 'feedbackWindow' | 'latencyBudget' | 'rewards'>): Promise<boolean> {
    const micro = toMicro(implicitReward(outcome, config.latencyBudget, config.rewards));
    const parts = outcome.failed ? 'failed' : `answered after ${Math.round(outcome.latencyMs)} ms`;
    const keys = [this.#keys.armDecision(turnId), this.#keys.armPending, this.#keys.armLatency];
    const endMs = this.#clock.wallMs() + config.feedbackWindow;
    return (await observeScript.run(this.#redis, keys, [turnId, micro, endMs, parts, Math.round(outcome.latencyMs)])) === 1;
  }

  /** A person's rating 1..5: settles the turn, or amends what the closed window settled. `recorded` is false when a rating is there already, with its reward. */
  async rate(turnId: string, rating: number, comment = ''): Promise<{ readonly recorded: boolean; readonly counted: boolean; readonly reward: number }> {
    const [applied, micro] = await this.#settle(turnId, 'feedback', this.#clock.wallMs(), [toMicro(ratingReward(rating)), rating, comment, decisionTtlMs]);
    return { recorded: applied >= 1, counted: applied === 1, reward: micro / microPerReward };
  }

  /** Settles every decision whose feedback window has ended; returns how many. Any number of callers may do it at once. */
  async settleDue(nowMs: number): Promise<number> {
    let settled = 0;
    for (;;) {
      const due = await this.#redis.zrangebyscore(this.#keys.armPending, '-inf', nowMs, 'LIMIT', 0, dueBatch);
      const answers = await Promise.all(due.map((turnId) => this.#settle(turnId, 'timeout', nowMs, [])));
      settled += answers.filter(([applied]) => applied === 1).length;
      if (due.length < dueBatch) return settled;
    }
  }

  async view(config: CoordinatorConfig): Promise<CoordinatorView> {
    return coordinatorView(await this.read(config), config);
  }

  /** The state as it is now, in one round trip unless the settings changed; an arm seen for the first time is registered. */
  read(config: CoordinatorConfig): Promise<Snapshot> {
    return this.#state.read(config);
  }

  async #settle(turnId: string, by: 'feedback' | 'timeout', nowMs: number, more: readonly (string | number)[]): Promise<readonly [number, number]> {
    const keys = this.#keys;
    return (await settleScript.run(
      this.#redis,
      [keys.armDecision(turnId), keys.armTotals, keys.armPending, keys.armCells, keys.armLog, keys.armTouched],
      [turnId, by, nowMs, keys.arm(''), keys.armBucket(''), keys.armLinear(''), ...more],
    )) as [number, number];
  }
}
