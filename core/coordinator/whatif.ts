import type { PolicyName, Whatif } from '../../contract/coordinator-views.js';
import { asymptoticSequence, confidenceSequence } from './confidence.js';
import type { DecisionRecord, LoggedArm, LoggedTurn } from './decision-record.js';
import { estimate, type LoggedDecision } from './estimators.js';
import { normalise, weigh } from './policies/policy.js';
import { policies } from './policies/registry.js';
import { noWidth, type Scored } from './types.js';

export interface Target {
  readonly policy: PolicyName;
  readonly alpha: number;
}

/** Effective sample from which a question is answered, and from which it is answered with a warning. */
export const enoughToAnswer = 100;
export const enoughToHint = 30;
/** More than this of the target's choices on arms the log could not have chosen is no support. */
const unsupportedLimit = 0.01;

/** Scores the target would have given; undefined where this record does not hold what it needs. */
function scoresOf(record: DecisionRecord, target: Target): readonly Scored[] | undefined {
  if (record.policy === target.policy) return record.arms.map((arm) => ({ mean: arm.b[0], score: arm.s, width: arm.w, shape: arm.v, n: arm.r[0] }));
  const byBelief = (width: (arm: LoggedArm) => number): Scored[] =>
    record.arms.map((arm) => ({ mean: arm.b[0], score: arm.b[0], width: width(arm), shape: arm.b[2], n: Math.max(arm.r[0], 1) }));
  const lnT = Math.log(
    Math.max(
      1,
      record.arms.reduce((sum, arm) => sum + arm.r[0], 0),
    ),
  );
  const bound = (width: (n: number, variance: number) => number): Scored[] =>
    record.arms.map((arm) => ({ mean: arm.b[0], score: arm.r[1], width: arm.r[0] <= 0 ? noWidth : width(arm.r[0], arm.r[2]), shape: 'normal', n: arm.r[0] }));
  switch (target.policy) {
    case 'thompson':
      return byBelief((arm) => arm.b[1]);
    case 'epsilon-greedy':
    case 'softmax':
      return byBelief(() => 0.1);
    case 'squarecb':
      return byBelief(() => 1 / (10 * Math.sqrt(Math.max(1, Math.exp(lnT)))));
    case 'static':
      return byBelief(() => 0);
    case 'ucb1':
      return bound((n) => Math.sqrt((2 * lnT) / n));
    case 'ucb1-tuned':
      return bound((n, variance) => Math.sqrt((lnT / n) * Math.min(0.25, variance + Math.sqrt((2 * lnT) / n))));
    case 'linucb':
    case 'lints':
      return undefined;
  }
}

/**
 * Probabilities of the target in the situation of a record, arms in the record's order: the same forced part, the
 * learned part from the logged scores and widths. With the acting policy and its alpha they are the logged ones.
 */
export function targetShares(record: DecisionRecord, target: Target): readonly number[] | undefined {
  const scored = scoresOf(record, target);
  if (scored === undefined) return undefined;
  const rule = policies[target.policy];
  if (record.policy === target.policy && record.alpha === target.alpha) return record.arms.map((arm) => arm.p);
  const learned = weigh(
    rule.shares(scored, target.alpha, record.arms),
    record.arms.map((arm) => ({ weight: arm.k })),
  );
  if (!rule.exploresByForce) return learned;
  return record.arms.map((arm, i) => (1 - record.eps) * (learned[i] ?? 0) + Math.max(0, arm.p - (1 - record.eps) * arm.l));
}

/** Expected rewards from the decisions before: by arm, and by arm and intent with 10 pseudo-counts of the arm. */
export class RunningRewards {
  readonly #arms = new Map<string, { n: number; sum: number }>();
  readonly #cells = new Map<string, { n: number; sum: number }>();

  expected(arm: string, intent: string | null): number {
    const all = this.#arms.get(arm) ?? { n: 0, sum: 0 };
    const overall = (0.5 + all.sum) / (1 + all.n);
    const cell = intent === null ? undefined : this.#cells.get(`${arm}|${intent}`);
    return cell === undefined ? overall : (10 * overall + cell.sum) / (10 + cell.n);
  }

  add(arm: string, intent: string | null, reward: number): void {
    const into = (map: Map<string, { n: number; sum: number }>, key: string): void => {
      const known = map.get(key) ?? { n: 0, sum: 0 };
      map.set(key, { n: known.n + 1, sum: known.sum + reward });
    };
    into(this.#arms, arm);
    if (intent !== null) into(this.#cells, `${arm}|${intent}`);
  }
}

/** Gathers a log decision by decision, oldest first, so that a long one may be taken in pieces. */
export class WhatifRun {
  readonly #target: Target;
  readonly #log: LoggedDecision[] = [];
  readonly #rewards: number[] = [];
  /** Doubly robust score of the log's own policy. */
  readonly #own: number[] = [];
  readonly #running = new RunningRewards();
  readonly #shares = new Map<string, number>();
  #unsupported = 0;
  #changed = 0;
  #unknown = 0;
  #unknownSum = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Decisions without a reward yet say nothing. */
  add({ decision, reward }: LoggedTurn): void {
    if (reward === null) return;
    const target = targetShares(decision, this.#target);
    const chosen = decision.arms.findIndex((arm) => arm.arm === decision.arm);
    if (target === undefined || chosen < 0 || decision.p <= 0) {
      this.#unknown++;
      this.#unknownSum += reward;
      return;
    }
    const { arms, intent } = decision;
    const expected = arms.map((arm) => this.#running.expected(arm.arm, intent));
    this.#log.push({ arm: chosen, reward, propensity: decision.p, target, expected });
    this.#own.push(arms.reduce((sum, arm, i) => sum + arm.p * (expected[i] ?? 0), 0) + (reward - (expected[chosen] ?? 0)));
    this.#rewards.push(reward);
    this.#running.add(decision.arm, intent, reward);
    for (const [i, arm] of arms.entries()) {
      const share = target[i] ?? 0;
      if (arm.p <= 0) this.#unsupported += share;
      // Half the distance of the two vectors: the chance that their draws differ at best.
      this.#changed += Math.abs(share - arm.p) / 2;
      this.#shares.set(arm.arm, (this.#shares.get(arm.arm) ?? 0) + share);
    }
  }

  /** `replay` is the target learning for itself on the same log. */
  finish(replay: Whatif['replay'] = null): Whatif {
    const n = this.#log.length;
    const found = estimate(this.#log);
    const unsupported = n === 0 ? 0 : this.#unsupported / n;
    const answer =
      found.effectiveSample < enoughToHint || unsupported > unsupportedLimit
        ? 'cannot-tell'
        : found.effectiveSample < enoughToAnswer
          ? 'preliminary'
          : 'answer';
    const names = [...this.#shares.keys()];
    const shares = normalise(names.map((name) => this.#shares.get(name) ?? 0));
    const common = {
      policy: this.#target.policy,
      alpha: this.#target.alpha,
      decisions: n,
      answer,
      effectiveSample: found.effectiveSample,
      largestWeight: found.largestWeight,
      meanWeight: found.meanWeight,
      changed: n === 0 ? 0 : this.#changed / n,
      shares: Object.fromEntries(names.map((name, i) => [name, shares[i] ?? 0])),
    } as const;
    if (n === 0 && replay !== null) return { ...common, ...this.#replayed(replay) };
    if (answer === 'cannot-tell') {
      const text = refusal(n, this.#unknown, unsupported, found.effectiveSample, this.#target);
      return { ...common, text, logged: n === 0 ? null : mean(this.#rewards), estimate: null, change: null, estimators: null, replay: null };
    }
    const value = asymptoticSequence(found.scores);
    // Against the doubly robust value of the log's own policy: the same decisions weigh in both, so their luck cancels.
    const change = asymptoticSequence(found.scores.map((score, i) => score - (this.#own[i] ?? 0)));
    return {
      ...common,
      text: inWords(answer, change, this.#target),
      logged: mean(this.#rewards),
      estimate: { value: value.mean, low: value.low, high: value.high },
      change: { value: change.mean, low: change.low, high: change.high },
      estimators: { ips: found.ips, snips: found.snips, dm: found.dm, dr: found.dr, sndr: found.sndr },
      replay,
    };
  }

  /** A policy that needs sums of its own can only be played again; what it would have done itself speaks for it. */
  #replayed(replay: NonNullable<Whatif['replay']>): Pick<Whatif, 'answer' | 'text' | 'logged' | 'estimate' | 'change' | 'estimators' | 'replay' | 'decisions'> {
    const { low, high } = confidenceSequence(replay.accepted, replay.value * replay.accepted);
    const told = `${this.#target.policy} with alpha ${this.#target.alpha}, learning for itself on the ${replay.accepted} decisions it would have made, would have earned ${low.toFixed(2)} to ${high.toFixed(2)} a turn`;
    const enough = replay.accepted >= enoughToAnswer;
    return {
      answer: enough ? 'answer' : 'preliminary',
      text: enough ? `${told.charAt(0).toUpperCase()}${told.slice(1)}.` : `Preliminary: ${told}.`,
      decisions: this.#unknown,
      logged: this.#unknownSum / Math.max(1, this.#unknown),
      estimate: { value: replay.value, low, high },
      change: null,
      estimators: null,
      replay,
    };
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function refusal(n: number, unknown: number, unsupported: number, sample: number, target: Target): string {
  const why =
    n === 0 && unknown > 0
      ? `its decisions were made by another policy, and ${target.policy} needs its own sums.`
      : n === 0
        ? 'no decision in it has a reward yet.'
        : unsupported > unsupportedLimit
          ? `${target.policy} would choose arms that were never tried in those situations.`
          : `only about ${Math.floor(sample)} of its ${n} decisions speak for ${target.policy} with alpha ${target.alpha}; it takes ${enoughToHint}.`;
  return `This log cannot tell: ${why}`;
}

function inWords(answer: Whatif['answer'], change: { readonly low: number; readonly high: number; readonly mean: number }, target: Target): string {
  const who = `${target.policy} with alpha ${target.alpha}`;
  const range = (low: number, high: number): string => `${low.toFixed(2)} to ${high.toFixed(2)}`;
  const verdict =
    change.low > 0
      ? `${who} would have earned ${range(change.low, change.high)} more a turn`
      : change.high < 0
        ? `${who} would have earned ${range(-change.high, -change.low)} less a turn`
        : `no difference can be seen: ${who} would have earned between ${Math.abs(change.low).toFixed(2)} less and ${change.high.toFixed(2)} more a turn`;
  return answer === 'preliminary' ? `Preliminary: ${verdict}.` : `${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}.`;
}
