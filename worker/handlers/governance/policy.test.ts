import { describe, expect, it } from 'vitest';
import { governanceData } from '../../../contract/handler-data.js';
import { type ArmFacts, findings } from './policy.js';

const rules = governanceData.parse({});
const arm = (name: string, more: Partial<ArmFacts> = {}): ArmFacts => ({
  arm: name,
  frozen: false,
  retired: false,
  weight: 1,
  settled: 100,
  average: 0.5,
  lastRewardAtMs: 1_000,
  verdict: null,
  ...more,
});
const bad = { state: 'underperforming', text: 'worse' };

describe('findings', () => {
  it('freezes the worst first and never leaves fewer arms in play than the policy wants', () => {
    const found = findings([arm('a', { verdict: bad, average: 0.4 }), arm('b', { verdict: bad, average: 0.2 }), arm('c')], [], rules, 1_000);
    expect(found.map(({ about, act }) => [about, act?.kind ?? null])).toEqual([
      ['b', 'freeze'],
      ['a', null],
    ]);
    expect(found[1]?.reason).toContain('2 arms must be in play');
  });
  it('leaves frozen, retired and weightless arms alone', () => {
    expect(
      findings([arm('a', { verdict: bad, frozen: true }), arm('b', { verdict: bad, retired: true }), arm('c', { verdict: bad, weight: 0 })], [], rules, 1_000),
    ).toEqual([]);
  });
  it('gives a leader its weight back', () => {
    expect(findings([arm('a', { verdict: { state: 'leader', text: '' }, weight: 0.5 })], [], rules, 1_000)[0]?.act).toEqual({
      kind: 'weight',
      arm: 'a',
      weight: 1,
    });
  });
  it('tells what nobody chose for long', () => {
    expect(findings([arm('a')], [], rules, 1_000 + 15 * 86_400_000)[0]?.reason).toBe('no reward for 15 days');
    expect(findings([arm('a', { lastRewardAtMs: null })], [], rules, 1_000 + 15 * 86_400_000)).toEqual([]);
  });
  it('judges templates by rates of enough starts', () => {
    const facts = { template: 't', starts: 8, failedStarts: 4, deaths: 4, p95Ms: 31_000 };
    expect(findings([], [facts], rules, 0).map(({ reason }) => reason)).toEqual([
      '33 % of 12 starts failed (allowed 20 %)',
      'p95 of 31000 ms (allowed 30000 ms)',
    ]);
    expect(findings([], [{ ...facts, starts: 2, failedStarts: 2, p95Ms: null }], rules, 0)).toEqual([]);
  });
});
