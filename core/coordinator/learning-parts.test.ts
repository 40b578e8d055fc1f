import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { Beta } from './beta.js';
import { complaintTerms } from './complaints.js';
import { featuresOf } from './features.js';
import { intentOf } from './intents.js';
import { addLinear, emptyLinear, linearBelief, toMilli } from './linear.js';
import { differences, liveSettings, noChanges, parseChanges } from './live-settings.js';
import { memoryWeight, remember } from './memory.js';
import { policies } from './policies/registry.js';
import { beliefs, posterior } from './posterior.js';
import { probabilityBest } from './probability-best.js';
import { type Stretch, trendsOf } from './trends.js';
import type { ArmConfig } from './types.js';

const arm = (name: string, more: Partial<ArmConfig> = {}): ArmConfig => ({ arm: name, prior: 0.5, weight: 1, frozen: false, ...more });
const micro = 1_000_000;

describe('Beta beliefs', () => {
  it('have the distribution of the textbook', () => {
    // I_x(2, 3) = 6x^2 - 8x^3 + 3x^4
    for (const x of [0.1, 0.35, 0.5, 0.8]) expect(new Beta(2, 3).cdf(x)).toBeCloseTo(6 * x ** 2 - 8 * x ** 3 + 3 * x ** 4, 12);
    expect(new Beta(1, 1).quantile(0.975)).toBeCloseTo(0.975, 9);
    expect(posterior(arm('a', { prior: 0.5, priorCount: 2 }), { n: 8, sum: 6 * micro, sumSq: 6 * micro }, 'binary')).toMatchObject({ mean: 0.7, beta: [7, 3] });
  });

  it('are compared by quadrature as exactly as by the closed sum', () => {
    // P(Beta(a1,b1) > Beta(a2,b2)) = sum_{i<a1} B(a2+i, b1+b2) / ((b1+i) B(1+i, b1) B(a2, b2)), Evan Miller 2015
    const lnG = (n: number): number => Array.from({ length: n - 1 }, (_, k) => Math.log(k + 1)).reduce((sum, one) => sum + one, 0);
    const lnB = (a: number, b: number): number => lnG(a) + lnG(b) - lnG(a + b);
    const better = (a1: number, b1: number, a2: number, b2: number): number =>
      Array.from({ length: a1 }, (_, i) => Math.exp(lnB(a2 + i, b1 + b2) - Math.log(b1 + i) - lnB(1 + i, b1) - lnB(a2, b2))).reduce((sum, one) => sum + one, 0);
    for (const [a1, b1, a2, b2] of [
      [7, 3, 5, 5],
      [1, 1, 1, 1],
      [60, 40, 11, 9],
      [2, 30, 5, 40],
    ] as const) {
      const belief = (a: number, b: number) => ({ mean: a / (a + b), sd: Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1))), nu: 0, beta: [a, b] as const });
      expect(probabilityBest([belief(a1, b1), belief(a2, b2)])[0]).toBeCloseTo(better(a1, b1, a2, b2), 6);
    }
  });
});

describe('policies', () => {
  const two = [arm('a'), arm('b')];
  const state = { arms: { a: { n: 100, sum: 70 * micro, sumSq: 70 * micro }, b: { n: 100, sum: 60 * micro, sumSq: 60 * micro } } };

  it('squarecb gives 1 / (K + gamma gap) to the others', () => {
    const gap = (5 + 70) / 110 - (5 + 60) / 110;
    const [a, b] = policies.squarecb.distribution(two, { intent: null }, state, { alpha: 1 });
    expect(b).toBeCloseTo(1 / (2 + 10 * Math.sqrt(200) * gap), 9);
    expect(a).toBeCloseTo(1 - (b ?? 0), 12);
  });

  it('softmax follows exp(mean / 0.1 alpha)', () => {
    const [a = 0, b = 0] = policies.softmax.distribution(two, { intent: null }, state, { alpha: 0.5 });
    expect(a / b).toBeCloseTo(Math.exp((75 / 110 - 65 / 110) / 0.05), 6);
  });

  it('ucb1-tuned uses the variance where it is small', () => {
    const steady = { arms: { a: { n: 2_000, sum: 1_200 * micro, sumSq: 720 * micro }, b: { n: 2_000, sum: 1_180 * micro, sumSq: 1_180 * micro } } };
    expect(policies.ucb1.distribution(two, { intent: null }, steady, { alpha: 1 })).toEqual([1, 0]);
    expect(policies['ucb1-tuned'].distribution(two, { intent: null }, steady, { alpha: 1 })).toEqual([0, 1]);
  });

  it('linucb without data is the prior; with it ridge regression, and its reach shrinks', () => {
    const x = [1, 0.5];
    expect(linearBelief(arm('a', { prior: 0.7, priorCount: 10 }), undefined, x).mean).toBeCloseTo(0.7, 12);
    const plain = arm('a', { prior: 0, priorCount: 0 });
    let linear = emptyLinear(2);
    for (const [features, reward] of [
      [[1, 0], 1],
      [[1, 1], 0],
    ] as const)
      linear = addLinear(linear, toMilli(features), reward * micro);
    // A = [[3, 1], [1, 2]], b = [1, 0]: theta = [0.4, -0.2]; A^-1 = [[0.4, -0.2], [-0.2, 0.6]].
    const found = linearBelief(plain, linear, x);
    expect(found.mean).toBeCloseTo(0.3, 9);
    expect(found.reach).toBeCloseTo(Math.sqrt(0.4 - 0.2 + 0.15), 9);
    expect(found.reach).toBeLessThan(linearBelief(plain, undefined, x).reach);
  });
});

describe('intents', () => {
  it('lean on the arm with ten pseudo-counts; one never seen behaves like the arm overall', () => {
    const state = { arms: { a: { n: 90, sum: 60 * micro, sumSq: 60 * micro } }, cells: { billing: { a: { n: 10, sum: 0, sumSq: 0 } } } };
    const overall = beliefs([arm('a')], { intent: null }, state)[0];
    expect(beliefs([arm('a')], { intent: 'billing' }, state)[0]?.mean).toBeCloseTo(((overall?.mean ?? 0) * 10) / 20, 12);
    expect(beliefs([arm('a')], { intent: 'travel' }, state)).toEqual([overall]);
  });

  it('come from the request, else from whole words in any case', () => {
    const rules = { billing: ['invoice', 'money back'], travel: ['flight'] };
    expect(intentOf('own', 'invoice', rules)).toBe('own');
    expect(intentOf(null, 'Where is my INVOICE?', rules)).toBe('billing');
    expect(intentOf(null, 'I want my money back for the flight, my money back!', rules)).toBe('billing');
    expect(intentOf(null, 'invoices and flights', rules)).toBeNull();
    expect(intentOf(null, 'x'.repeat(10), {})).toBeNull();
  });
});

describe('memory', () => {
  const buckets = [0, 10, 20].map((index) => ({ index, cells: { '': { a: { n: 50, sum: 50 * micro, sumSq: 50 * micro } } } }));

  it('halves evidence by its age in settled pulls, or leaves it out', () => {
    expect(memoryWeight(1_000, { halfLife: 1_000, window: 'all' })).toBe(0.5);
    expect(memoryWeight(1_000, { halfLife: 'never', window: 500 })).toBe(0);
    expect(remember(buckets, 1_000, { halfLife: 500, window: 'all' }, null).arms['a']?.n).toBeCloseTo(50 + 25 + 12.5, 9);
    expect(remember(buckets, 1_000, { halfLife: 'never', window: 600 }, null).arms['a']?.n).toBe(100);
  });

  it('features stay within -1..1', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.option(fc.nat(15), { nil: undefined }),
        fc.option(fc.double({ noNaN: true }), { nil: null }),
        (atMs, intentPlace, recentLatency) => {
          const found = featuresOf({ atMs, intentPlace, recentLatency });
          expect(found).toHaveLength(20);
          for (const x of found) expect(Math.abs(x)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('settings while running', () => {
  const config = configSchema.parse({}).coordinator;

  it('lie on the file and tell what differs', () => {
    const changes = {
      ...noChanges,
      alpha: 2,
      halfLife: null,
      arms: { npc: { weight: 3, generation: 2 }, fast: { added: true, prior: 0.4 }, gone: { weight: 9 } },
    };
    const live = liveSettings(config, changes, 7);
    expect(live).toMatchObject({ alpha: 2, version: 7, memory: { halfLife: 'never' } });
    expect(live.arms['npc']).toMatchObject({ weight: 3, prior: 0.7, slot: 'npc~2' });
    expect(Object.keys(live.arms)).toEqual(['npc', 'tools', 'knowledge', 'fast']);
    expect(differences(config, changes).map((one) => one.path)).toEqual(['alpha', 'memory.halfLife', 'arms.npc.weight', 'arms.fast']);
  });

  it('that are damaged count as none', () => {
    for (const text of ['', '{', '{"alpha":"x"}', 'null']) expect(parseChanges(text)).toEqual(noChanges);
  });
});

describe('trends', () => {
  const stretch = (bucket: number, reward: number, exploration: number): Stretch => ({
    bucket,
    atMs: bucket,
    decisions: 50,
    settled: 50,
    reward,
    exploration,
    kinds: { forced: 0, explore: 0, exploit: 50 },
    arms: {},
  });

  it('call it learning only when exploration falls and rewards provably rise', () => {
    const early = Array.from({ length: 6 }, (_, i) => stretch(i, 0.4, 0.5));
    const later = (reward: number, explored: number) => Array.from({ length: 60 }, (_, i) => stretch(6 + i, reward, explored));
    expect(trendsOf([...early, ...later(0.7, 0.05)], [], 300)).toMatchObject({
      learning: { yes: true },
      exploration: { falling: true },
      reward: { rising: true },
    });
    expect(trendsOf([...early, ...later(0.42, 0.05)], [], 300)).toMatchObject({ learning: { yes: false }, reward: { rising: false } });
    expect(trendsOf([...early, ...later(0.7, 0.5)], [], 300)).toMatchObject({ learning: { yes: false }, exploration: { falling: false } });
    expect(trendsOf(early, [], 300).learning.text).toContain('Too early');
  });

  it('name the commonest complaints, each once a comment', () => {
    const found = complaintTerms(['wrong units, wrong units!', 'the units are wrong', 'Wrong units again', 'so slow']);
    expect(found[0]).toMatchObject({ term: 'units', count: 3 });
    expect(found.map((one) => one.term)).toContain('wrong units');
    expect(found.map((one) => one.term)).not.toContain('the');
    expect(complaintTerms([])).toEqual([]);
  });
});
