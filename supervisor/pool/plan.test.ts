import { describe, expect, it } from 'vitest';
import { plan, type TemplateDemand } from './plan.js';

const demand = (over: Partial<TemplateDemand> = {}): TemplateDemand => ({ template: 'a', waiting: 0, target: 3, ready: 0, starting: 0, allowed: 4, ...over });
const limits = { spawnConcurrency: 4, live: 0, maxLive: 50 };

describe('plan', () => {
  it.each([
    ['starts what is missing', [demand()], limits, ['a', 'a', 'a']],
    ['counts those under way', [demand({ ready: 1, starting: 1 })], limits, ['a']],
    ['stays within the parallel starts', [demand({ target: 9, starting: 3 })], limits, ['a']],
    ['stays within the total', [demand()], { ...limits, live: 49 }, ['a']],
    ['starts nothing while suspended', [demand({ allowed: 0 })], limits, []],
    ['starts one while the last failed', [demand({ allowed: 1 })], limits, ['a']],
    ['starts none beside the probe', [demand({ allowed: 1, starting: 1 })], limits, []],
    ['people in line before spare agents', [demand(), demand({ template: 'b', target: 0, waiting: 2 })], limits, ['b', 'b', 'a', 'a']],
    ['has enough', [demand({ ready: 3 })], limits, []],
  ])('%s', (_, demands, bounds, spawn) => {
    expect(plan(demands, bounds).spawn).toEqual(spawn);
  });

  it('closes what is idle beyond the target', () => {
    expect([...plan([demand({ ready: 5 }), demand({ template: 'b', target: 0, ready: 1 })], limits).close]).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(plan([demand({ ready: 5, waiting: 2 })], limits).close.size).toBe(0);
  });
});
