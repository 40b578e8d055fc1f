import type { CoordinatorView } from '../../contract/state.js';
import { type Clock, type Random, systemRandom } from '../base/clock.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { chooseScript, observeScript, registerScript, settleScript } from './arm-scripts.js';
import { coordinatorView } from './coordinator-view.js';
import { draw, type Plan, plan } from './decide.js';
import { toMicro } from './fold.js';
import { defaultPriorCount, latecomerPriorCount } from './posterior.js';
import { implicitReward, ratingReward, type TurnOutcome } from './rewards.js';
import type { CoordinatorConfig, KindCounts, Snapshot } from './snapshot.js';
import { type ArmConfig, type ArmState, type Context, type DecisionKind, microPerReward } from './types.js';

export type { CoordinatorConfig, KindCounts, Snapshot } from './snapshot.js';

export interface Chosen {
  readonly arm: string;
  readonly propensity: number;
  readonly kind: DecisionKind;
  /** The decision was on record already: this turn is being run again. */
  readonly repeated: boolean;
}

/** Decisions stay readable this long; feedback windows are at most a day. */
const decisionTtlMs = 7 * 86_400_000;
/** Decisions may rest on a state this old. */
const snapshotAgeMs = 250;
const dueBatch = 500;

/**
 * The coordinator's state in Redis, safe under any number of writers: counters are integers changed
 * by commuting increments, and each reward enters through one script that knows what it did before.
 */
export class ArmStore {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #random: Random;
  #planned:
    | { readonly config: CoordinatorConfig; readonly intent: string | null; readonly atMs: number; readonly plan: Plan; readonly snapshot: Snapshot }
    | undefined;

  constructor(options: { readonly redis: Redis; readonly keys: Keys; readonly clock: Clock; readonly random?: Random }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.#random = options.random ?? systemRandom;
  }

  /** Picks the arm of a turn and counts the pull; the same turn again gets the recorded decision and counts nothing. */
  async choose(turnId: string, context: Context, config: CoordinatorConfig): Promise<Chosen> {
    const { plan: current, snapshot } = await this.#currentPlan(context, config);
    const decision = draw(current, this.#random());
    const record = {
      arm: decision.arm,
      propensity: decision.propensity,
      kind: decision.kind,
      u: decision.u,
      pi: JSON.stringify(Object.fromEntries(current.arms.map((arm, i) => [arm.arm, decision.pi[i] ?? 0]))),
      epsilon: decision.epsilon,
      phase: decision.phase,
      policy: decision.policy,
      alpha: config.alpha,
      intent: context.intent ?? '',
      version: snapshot.version,
      at: this.#clock.wallMs(),
    };
    const keys = [this.#keys.armDecision(turnId), this.#keys.arm(decision.arm), this.#keys.armTotals];
    const known = (await chooseScript.run(this.#redis, keys, [decisionTtlMs, decision.kind, ...Object.entries(record).flat()])) as string[];
    const [arm, propensity, kind] = known;
    if (arm === undefined) return { arm: decision.arm, propensity: decision.propensity, kind: decision.kind, repeated: false };
    return { arm, propensity: Number(propensity), kind: kind as DecisionKind, repeated: true };
  }

  /** A turn ended: keeps its implicit reward until the feedback window closes. Once per turn; false when there is nothing to do. */
  async observe(turnId: string, outcome: TurnOutcome, config: Pick<CoordinatorConfig, 'feedbackWindow' | 'latencyBudget'>): Promise<boolean> {
    const micro = toMicro(implicitReward(outcome, config.latencyBudget));
    const keys = [this.#keys.armDecision(turnId), this.#keys.armPending];
    return (await observeScript.run(this.#redis, keys, [turnId, micro, this.#clock.wallMs() + config.feedbackWindow])) === 1;
  }

  /** A person's rating 1..5: settles the turn, or amends what the closed window settled. `recorded` is false when a rating is there already, with its reward. */
  async rate(turnId: string, rating: number, comment = ''): Promise<{ readonly recorded: boolean; readonly reward: number }> {
    const [applied, micro] = await this.#settle(turnId, 'feedback', this.#clock.wallMs(), [toMicro(ratingReward(rating)), rating, comment, decisionTtlMs]);
    return { recorded: applied === 1, reward: micro / microPerReward };
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

  /** The state of the configured arms in one round trip; an arm seen for the first time is registered. */
  async read(config: CoordinatorConfig): Promise<Snapshot> {
    const names = Object.keys(config.arms);
    const pipeline = this.#redis.pipeline().hgetall(this.#keys.armTotals).zcard(this.#keys.armPending);
    for (const name of names) pipeline.hgetall(this.#keys.arm(name));
    const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
    const totals = (replies[0] ?? {}) as Readonly<Record<string, string>>;
    const hashes = replies.slice(2) as readonly Readonly<Record<string, string>>[];
    const born = await Promise.all(
      names.map((name, i) => hashes[i]?.['born'] ?? registerScript.run(this.#redis, [this.#keys.armNames, this.#keys.armTotals, this.#keys.arm(name)], [name])),
    );

    const arms: ArmConfig[] = [];
    const states: Record<string, ArmState> = {};
    const kinds: Record<string, KindCounts> = {};
    const lastRewardAt: Record<string, number | null> = {};
    names.forEach((name, i) => {
      const hash = hashes[i] ?? {};
      const settings = config.arms[name];
      if (settings === undefined) return;
      arms.push({ arm: name, ...settings, priorCount: Number(born[i]) > 0 ? latecomerPriorCount : defaultPriorCount });
      const counts = kindsOf(hash);
      kinds[name] = counts;
      states[name] = { n: count(hash, 'n'), sum: count(hash, 'sum'), sumSq: count(hash, 'sumSq'), pulls: counts.forced + counts.explore + counts.exploit };
      lastRewardAt[name] = hash['lastRewardAt'] === undefined ? null : Number(hash['lastRewardAt']);
    });
    return {
      arms,
      states,
      kinds,
      lastRewardAt,
      totals: kindsOf(totals),
      settled: count(totals, 'settled'),
      version: count(totals, 'version'),
      pending: Number(replies[1] ?? 0),
    };
  }

  async #currentPlan(context: Context, config: CoordinatorConfig): Promise<{ readonly plan: Plan; readonly snapshot: Snapshot }> {
    const kept = this.#planned;
    const nowMs = this.#clock.monoMs();
    if (kept !== undefined && kept.config === config && kept.intent === context.intent && nowMs - kept.atMs < snapshotAgeMs) return kept;
    const snapshot = await this.read(config);
    const fresh = { config, intent: context.intent, atMs: nowMs, snapshot, plan: plan(snapshot.arms, context, snapshot.states, snapshot.settled, config) };
    this.#planned = fresh;
    return fresh;
  }

  async #settle(turnId: string, by: 'feedback' | 'timeout', nowMs: number, more: readonly (string | number)[]): Promise<readonly [number, number]> {
    const keys = [this.#keys.armDecision(turnId), this.#keys.armTotals, this.#keys.armPending];
    return (await settleScript.run(this.#redis, keys, [turnId, by, nowMs, this.#keys.arm(''), ...more])) as [number, number];
  }
}

const count = (hash: Readonly<Record<string, string>>, field: string): number => Number(hash[field] ?? 0);
const kindsOf = (hash: Readonly<Record<string, string>>): KindCounts => ({
  forced: count(hash, 'forced'),
  explore: count(hash, 'explore'),
  exploit: count(hash, 'exploit'),
});
