import type { CoordinatorView } from '../../contract/state.js';
import { type Clock, type Random, systemRandom } from '../base/clock.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { chooseScript, observeScript, readScript, registerScript, settleScript } from './arm-scripts.js';
import { coordinatorView } from './coordinator-view.js';
import { draw, explorationOf, type Plan } from './decide.js';
import { drawnOf, sharedRecord } from './decision-record.js';
import { featuresOf, mostIntents } from './features.js';
import { toMicro } from './fold.js';
import { intentOf } from './intents.js';
import { keptDecisions } from './kept.js';
import { toMilli } from './linear.js';
import { implicitReward, ratingReward, type TurnOutcome } from './rewards.js';
import type { CoordinatorConfig, Snapshot } from './snapshot.js';
import { planFor } from './snapshot-plan.js';
import { type Reply, StateMirror } from './state-mirror.js';
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
/** Decisions may rest on a state this old. */
const snapshotAgeMs = 250;
/** While turns come in, the state is fetched ahead this often, so that none of them waits for it. */
const refreshEveryMs = 200;
const activeForMs = 10_000;
const dueBatch = 500;
/** Plans by intent kept for one state. */
const mostPlans = 64;
/** 1/p in millionths is bounded: a propensity below a thousandth would outweigh all others. */
const heaviestWeight = 1_000 * microPerReward;

interface Planned {
  readonly plan: Plan;
  /** Features in thousandths. */
  readonly x: string;
  /** JSON of what the records of all draws from it have in common, still open at its end. */
  readonly shared: string;
}

interface Known {
  readonly config: CoordinatorConfig;
  readonly atMs: number;
  readonly snapshot: Snapshot;
  readonly plans: Map<string, Planned>;
}

/**
 * The coordinator's state in Redis, safe under any number of writers: counters are integers changed
 * by commuting increments, and each reward enters through one script that knows what it did before.
 */
export class ArmStore {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #mirror = new StateMirror();
  readonly #born: Record<string, number> = {};
  #known: Known | undefined;
  #reading: Promise<Snapshot> | undefined;
  #activeMs = Number.NEGATIVE_INFINITY;
  #refreshing = false;

  constructor(options: { readonly redis: Redis; readonly keys: Keys; readonly clock: Clock; readonly random?: Random }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.#random = options.random ?? systemRandom;
  }

  /** Picks the arm of a turn and counts the pull; the same turn again gets the recorded decision and counts nothing. */
  async choose(turnId: string, request: TurnRequest, config: CoordinatorConfig): Promise<Chosen> {
    const known = await this.#fresh(config);
    const { settings } = known.snapshot;
    const intent = intentOf(request.intent, request.text ?? '', settings.intents);
    const { plan, x, shared } = this.#planned(known, intent);
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

  /** The state as it is now, in one round trip unless the settings changed; an arm seen for the first time is registered. */
  read(config: CoordinatorConfig): Promise<Snapshot> {
    // Answers of two readings at once could reach the mirror in the wrong order.
    const reading = (this.#reading ?? Promise.resolve()).then(
      () => this.#read(config),
      () => this.#read(config),
    );
    this.#reading = reading;
    return reading;
  }

  async #read(config: CoordinatorConfig): Promise<Snapshot> {
    const keys = this.#keys;
    const mirror = this.#mirror;
    for (;;) {
      const settings = mirror.settings(config);
      const slots = Object.values(settings.arms).map((arm) => arm.slot);
      const reply = (await readScript.run(
        this.#redis,
        [keys.armTotals, keys.armPending, keys.armConfig, keys.armCells, keys.armTouched, keys.armIntents, keys.armLatency],
        [mirror.version, mirror.configVersion, keys.arm(''), keys.armBucket(''), keys.armLinear(''), 1, ...slots],
      )) as Reply;
      if (mirror.takeSettings(reply)) {
        mirror.clear();
        continue;
      }
      await Promise.all(slots.map((slot, i) => this.#register(slot, reply[4][i] ?? [])));
      const version = Number(reply[0][reply[0].indexOf('version') + 1] ?? 0);
      if (reply[5] === null && version < Number(mirror.version)) {
        mirror.clear();
        continue;
      }
      return mirror.take(reply, config, slots, this.#born);
    }
  }

  async #register(slot: string, flat: readonly string[]): Promise<void> {
    const at = flat.indexOf('born');
    if (at >= 0) this.#born[slot] = Number(flat[at + 1]);
    else {
      const keys = [this.#keys.armNames, this.#keys.armTotals, this.#keys.arm(slot), this.#keys.armLog];
      this.#born[slot] = Number(await registerScript.run(this.#redis, keys, [slot]));
    }
  }

  async #fresh(config: CoordinatorConfig): Promise<Known> {
    const nowMs = this.#clock.monoMs();
    this.#activeMs = nowMs;
    this.#fetchAhead();
    const known = this.#known;
    if (known !== undefined && known.config === config && nowMs - known.atMs < snapshotAgeMs) return known;
    return this.#renew(config);
  }

  async #renew(config: CoordinatorConfig): Promise<Known> {
    const atMs = this.#clock.monoMs();
    const snapshot = await this.read(config);
    const fresh = { config, atMs, snapshot, plans: new Map<string, Planned>() };
    this.#known = fresh;
    return fresh;
  }

  #fetchAhead(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#clock.after(refreshEveryMs, () => {
      this.#refreshing = false;
      const known = this.#known;
      if (known === undefined || this.#clock.monoMs() - this.#activeMs > activeForMs) return;
      // A failed fetch costs nothing: the next decision reads for itself and says what is wrong.
      this.#renew(known.config).then(
        () => this.#fetchAhead(),
        () => undefined,
      );
    });
  }

  #planned(known: Known, intent: string | null): Planned {
    const key = intent ?? '';
    const kept = known.plans.get(key);
    if (kept !== undefined) return kept;
    const { snapshot, config } = known;
    const features = featuresOf({
      atMs: this.#clock.wallMs(),
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

  async #settle(turnId: string, by: 'feedback' | 'timeout', nowMs: number, more: readonly (string | number)[]): Promise<readonly [number, number]> {
    const keys = this.#keys;
    return (await settleScript.run(
      this.#redis,
      [keys.armDecision(turnId), keys.armTotals, keys.armPending, keys.armCells, keys.armLog, keys.armTouched],
      [turnId, by, nowMs, keys.arm(''), keys.armBucket(''), keys.armLinear(''), ...more],
    )) as [number, number];
  }
}
