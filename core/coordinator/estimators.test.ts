import { describe, expect, it } from 'vitest';
import { draw, plan } from './decide.js';
import { type DecisionRecord, drawnOf, type LoggedTurn, sharedRecord } from './decision-record.js';
import { estimate, hajek, type LoggedDecision } from './estimators.js';
import { settle, toMicro } from './fold.js';
import { policies } from './policies/registry.js';
import { Replay, repeatable } from './replay.js';
import type { ArmConfig, ArmStates } from './types.js';
import { targetShares, WhatifRun } from './whatif.js';

describe('estimators', () => {
  const log: LoggedDecision[] = [
    { arm: 0, reward: 1, propensity: 0.5, target: [0.8, 0.2], expected: [0.6, 0.4] },
    { arm: 1, reward: 0, propensity: 0.5, target: [0.8, 0.2], expected: [0.6, 0.4] },
    { arm: 0, reward: 0, propensity: 0.25, target: [0.5, 0.5], expected: [0.6, 0.4] },
  ];

  it('are what one gets by hand', () => {
    // Weights 1.6, 0.4, 2; models 0.56, 0.56, 0.5; corrections 1.6*0.4, 0.4*-0.4, 2*-0.6.
    const found = estimate(log);
    expect(found.ips).toBeCloseTo(1.6 / 3, 12);
    expect(found.snips).toBeCloseTo(1.6 / 4, 12);
    expect(found.dm).toBeCloseTo(1.62 / 3, 12);
    expect(found.dr).toBeCloseTo((1.62 + 0.64 - 0.16 - 1.2) / 3, 12);
    expect(found.sndr).toBeCloseTo(1.62 / 3 + (0.64 - 0.16 - 1.2) / 4, 12);
    expect(found.effectiveSample).toBeCloseTo(16 / (2.56 + 0.16 + 4), 12);
    expect(found).toMatchObject({ largestWeight: 2 });
    expect(found.meanWeight).toBeCloseTo(4 / 3, 12);
  });

  it('agree where they must: without a model DR is IPS, for the own policy IPS is the average', () => {
    const bare = log.map(({ expected: _, ...one }) => one);
    expect(estimate(bare).dr).toBe(estimate(bare).ips);
    const own = log.map((one) => ({ ...one, target: [0, 1].map((i) => (i === one.arm ? one.propensity : 1 - one.propensity)) }));
    expect(estimate(own).ips).toBeCloseTo(1 / 3, 12);
    expect(estimate([])).toMatchObject({ ips: 0, dr: 0, effectiveSample: 0, meanWeight: 0 });
  });

  it('weigh pulls by 1 / p', () => {
    expect(
      hajek([
        { reward: 1, propensity: 0.5 },
        { reward: 0, propensity: 0.25 },
      ]),
    ).toBeCloseTo(2 / 6, 12);
    expect(hajek([])).toBeNull();
  });
});

const arms: readonly ArmConfig[] = [0.7, 0.6, 0.5].map((prior, i) => ({ arm: 'abc'[i] ?? '', prior, weight: 1, frozen: false }));
const settings = { policy: 'thompson', alpha: 1, warmupPulls: 200, floor: 0.05 } as const;
const truth: Readonly<Record<string, number>> = { a: 0.7, b: 0.6, c: 0.5 };

function logOf(count: number, seed: number): LoggedTurn[] {
  const random = repeatable(seed);
  let states: ArmStates = {};
  return Array.from({ length: count }, (_, t) => {
    const now = plan(arms, { intent: null }, { arms: states }, t, settings);
    const decision = draw(now, random());
    const reward = random() < (truth[decision.arm] ?? 0) ? 1 : 0;
    const record: DecisionRecord = {
      ...sharedRecord(now, { intent: null }, { arms: states }, settings, { settled: t, configVersion: 0, stateVersion: t, milli: [] }),
      ...drawnOf(decision, t),
    };
    states = settle(states, decision.arm, toMicro(reward));
    return { turnId: `t${t}`, decision: record, bucket: 0, reward, settledBy: 'feedback', settledAtMs: t, rating: null, comment: null, parts: null };
  });
}

describe('what-if', () => {
  const log = logOf(900, 3);
  const ask = (policy: Parameters<typeof targetShares>[1]['policy'], alpha = 1, of = log) => {
    const run = new WhatifRun({ policy, alpha });
    for (const turn of of) run.add(turn);
    return run.finish();
  };

  it('of the policy that made the log answers exactly no change', () => {
    expect(ask('thompson')).toMatchObject({
      answer: 'answer',
      change: { value: 0, low: 0, high: 0 },
      meanWeight: 1,
      largestWeight: 1,
      changed: 0,
      effectiveSample: 900,
    });
  });

  it('computes another alpha exactly from logged scores and widths', () => {
    const record = log[400]?.decision as DecisionRecord;
    const states: ArmStates = Object.fromEntries(
      record.arms.map((arm) => [arm.arm, { n: arm.r[0], sum: arm.r[0] * arm.r[1] * 1e6, sumSq: arm.r[0] * arm.r[1] * 1e6 }]),
    );
    const fresh = policies.thompson.distribution(arms, { intent: null }, { arms: states }, { alpha: 0.4 });
    const found = targetShares(record, { policy: 'thompson', alpha: 0.4 }) ?? [];
    for (const [i, share] of found.entries()) expect(share).toBeCloseTo((1 - record.eps) * (fresh[i] ?? 0) + record.eps / 3, 6);
  });

  it('holds the truth for uniform draws, with a mean weight of about 1', () => {
    const found = ask('static');
    expect(found.answer).not.toBe('cannot-tell');
    expect(found.meanWeight).toBeGreaterThan(0.8);
    expect(found.meanWeight).toBeLessThan(1.2);
    expect(found.estimate?.low).toBeLessThan(0.6);
    expect(found.estimate?.high).toBeGreaterThan(0.6);
  });

  it('refuses, without a number, what the log cannot tell', () => {
    expect(ask('ucb1', 1, log.slice(0, 20))).toMatchObject({ answer: 'cannot-tell', estimate: null, change: null, estimators: null });
    expect(ask('linucb')).toMatchObject({ answer: 'cannot-tell', estimate: null, decisions: 0 });
    const blind = log.map((turn) => ({
      ...turn,
      decision: { ...turn.decision, arms: turn.decision.arms.map((arm) => (arm.arm === 'b' ? { ...arm, p: 0 } : arm)) },
    }));
    expect(ask('static', 1, blind).text).toContain('never tried');
    expect(ask('thompson', 1, [])).toMatchObject({ answer: 'cannot-tell', logged: null });
  });

  it('answers for a policy with sums of its own by playing the log again', () => {
    const run = new WhatifRun({ policy: 'linucb', alpha: 1 });
    for (const turn of log) run.add(turn);
    const found = run.finish({ accepted: 200, value: 0.65 });
    expect(found).toMatchObject({ answer: 'answer', decisions: 900, estimators: null, estimate: { value: 0.65 }, replay: { accepted: 200 } });
    expect(found.estimate?.low).toBeLessThan(0.6);
    expect(found.text).toContain('learning for itself');
  });

  it('lets a learning policy play the log, accepting what it would have done itself', () => {
    const replay = new Replay(arms, { ...settings, policy: 'epsilon-greedy' }, repeatable(1));
    for (const turn of log) replay.add(turn);
    expect(replay.result?.accepted).toBeGreaterThan(60);
    expect(replay.result?.value).toBeGreaterThan(0.5);
    expect(replay.result?.value).toBeLessThan(0.85);
  });
});
