import { describe, expect, it } from 'vitest';
import { plan, type TemplateDemand } from './plan.js';

const demand = (over: Partial<TemplateDemand> = {}): TemplateDemand => ({
  template: 'a',
  waiting: 0,
  target: 3,
  ready: 0,
  starting: 0,
  allowed: 4,
  bytes: 100,
  ...over,
});
const limits = { spawnConcurrency: 4, live: 1, lasting: 1, maxLive: 50, roomBytes: 100_000 };

describe('plan', () => {
  it.each([
    ['starts what is missing', [demand()], limits, ['a', 'a', 'a']],
    ['counts those under way', [demand({ ready: 1, starting: 1 })], limits, ['a']],
    ['stays within the parallel starts', [demand({ target: 9, starting: 3 })], limits, ['a']],
    ['stays within the total', [demand()], { ...limits, live: 49, lasting: 49 }, ['a']],
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

  it.each([
    ['people in line get the last of it', [demand({ waiting: 2 })], { ...limits, roomBytes: 250 }, ['a', 'a']],
    ['a spare agent leaves room for another', [demand()], { ...limits, roomBytes: 399 }, ['a', 'a']],
    ['none starts without memory', [demand()], { ...limits, roomBytes: 50 }, []],
    ['the very first one always does', [demand()], { ...limits, live: 0, lasting: 0, roomBytes: -1 }, ['a']],
  ])('memory: %s', (_, demands, bounds, spawn) => {
    expect(plan(demands, bounds).spawn).toEqual(spawn);
  });

  it('keeps the last agent however short memory is, so that it is not started and closed for ever', () => {
    expect([...plan([demand({ ready: 3 })], { ...limits, live: 3, lasting: 3, roomBytes: -9_000 }).close]).toEqual([['a', 2]]);
    expect(plan([demand({ ready: 1, target: 1 })], { ...limits, live: 1, lasting: 1, roomBytes: -9_000 })).toEqual({ spawn: [], close: new Map() });
  });

  it('closes idle agents, never promised ones, until others have their memory', () => {
    const limits = { spawnConcurrency: 4, live: 9, lasting: 9, maxLive: 50, roomBytes: 0 };
    expect([...plan([demand({ ready: 3 })], { ...limits, roomBytes: -150 }).close]).toEqual([['a', 2]]);
    expect([...plan([demand({ ready: 3, waiting: 2 })], { ...limits, roomBytes: -1_000 }).close]).toEqual([['a', 1]]);
    expect([...plan([demand({ ready: 1 }), demand({ template: 'b', ready: 3 })], { ...limits, roomBytes: -150 }).close]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });
});
