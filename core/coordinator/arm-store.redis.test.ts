import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { phases } from '../../contract/state.js';
import { silentLog } from '../base/log.js';
import { ManualClock } from '../base/manual-clock.js';
import { connect, type Redis } from '../redis/connection.js';
import { keysFor } from '../redis/keys.js';
import { startTestRedis, type TestRedis } from '../redis/test-redis.js';
import { ArmStore } from './arm-store.js';
import { settle, toMicro } from './fold.js';
import { implicitReward, ratingReward } from './rewards.js';
import { type ArmStates, emptyArm } from './types.js';

const config = configSchema.parse({ coordinator: { feedbackWindow: '1m', latencyBudget: '10s' } }).coordinator;
const keys = keysFor('test');
const context = { intent: null };
const clock = new ManualClock();
let server: TestRedis;
let redis: Redis;
let others: Redis[];
let store: ArmStore;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  others = Array.from({ length: 4 }, (_, i) => connect(server.address, 'blocking', `test-${i}`, silentLog));
});
afterAll(async () => {
  for (const one of [redis, ...others]) one.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
  store = new ArmStore({ redis, keys, clock, random: () => 0.5 });
});

const random = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

describe('ArmStore', () => {
  it('starts with the priors of the config', async () => {
    const view = await store.view(config);
    expect(view).toMatchObject({ phase: 'warmup_early', progress: 0, pulls: 0, settled: 0, pendingRewards: 0, epsilon: 0.3, warmupPulls: 1_000 });
    expect(view.arms.map((arm) => [arm.arm, arm.mean, arm.average, arm.priorWeight])).toEqual([
      ['npc', 0.7, null, 1],
      ['tools', 0.6, null, 1],
      ['knowledge', 0.5, null, 1],
    ]);
    expect(view.arms.reduce((sum, arm) => sum + arm.share, 0)).toBeCloseTo(1, 9);
  });

  it('gives a turn that runs again its recorded decision and counts one pull', async () => {
    const first = await store.choose('t1', context, config);
    expect(first).toMatchObject({ arm: 'npc', kind: 'exploit', repeated: false });
    const again = await new ArmStore({ redis, keys, clock, random: () => 0.01 }).choose('t1', context, config);
    expect(again).toEqual({ ...first, repeated: true });
    expect((await store.view(config)).pulls).toBe(1);
    expect(Number(await redis.pttl(keys.armDecision('t1')))).toBeGreaterThan(6 * 86_400_000);
  });

  it('settles by the implicit reward once the feedback window has ended, not before', async () => {
    await store.choose('t1', context, config);
    const endMs = clock.wallMs() + config.feedbackWindow;
    expect(await store.observe('t1', { failed: false, latencyMs: 5_000 }, config)).toBe(true);
    expect(await store.observe('t1', { failed: true, latencyMs: 0 }, config)).toBe(false);
    expect((await store.view(config)).pendingRewards).toBe(1);
    expect(await store.settleDue(endMs - 1)).toBe(0);
    expect(await store.settleDue(endMs)).toBe(1);
    expect(await store.settleDue(endMs)).toBe(0);
    const view = await store.view(config);
    expect(view).toMatchObject({ settled: 1, pendingRewards: 0 });
    expect(view.arms[0]).toMatchObject({ settled: 1, average: 0.75, lastRewardAt: endMs });
  });

  it('settles by a rating at once, amends what the window settled, and takes one rating only', async () => {
    for (const id of ['early', 'late']) {
      await store.choose(id, context, config);
      await store.observe(id, { failed: false, latencyMs: 0 }, config);
    }
    expect(await store.rate('early', 2, 'wrong units')).toEqual({ recorded: true, counted: true, reward: 0.25 });
    expect(await store.settleDue(clock.wallMs() + config.feedbackWindow)).toBe(1);
    expect(await store.rate('late', 3)).toEqual({ recorded: true, counted: true, reward: 0.5 });
    expect(await store.rate('late', 5)).toEqual({ recorded: false, counted: false, reward: 0.5 });
    const npc = (await store.view(config)).arms[0];
    expect(npc).toMatchObject({ settled: 2, average: 0.375 });
    expect(await redis.hmget(keys.arm('npc'), 'n', 'sum', 'sumSq')).toEqual(['2', '750000', '312500']);
  });

  it('keeps a rating of a turn that never got an arm, without touching any arm', async () => {
    expect(await store.rate('ghost', 5)).toEqual({ recorded: true, counted: false, reward: 1 });
    expect(await store.rate('ghost', 1)).toEqual({ recorded: false, counted: false, reward: 1 });
    expect((await store.view(config)).settled).toBe(0);
    expect(Number(await redis.pttl(keys.armDecision('ghost')))).toBeGreaterThan(0);
  });

  it('counts an arm that joins later with a lighter prior', async () => {
    await store.choose('t1', context, config);
    await store.rate('t1', 4);
    const grown = { ...config, arms: { ...config.arms, fresh: { prior: 0.9, weight: 1, frozen: false } } };
    const { arms } = await store.read(grown);
    expect(arms.map((arm) => arm.priorCount)).toEqual([10, 10, 10, 2]);
  });

  it('never chooses a frozen arm', async () => {
    const frozen = { ...config, arms: { ...config.arms, npc: { prior: 0.7, weight: 1, frozen: true } } };
    const careful = new ArmStore({ redis, keys, clock, random: random(7) });
    for (let i = 0; i < 200; i++) await careful.choose(`t${i}`, context, frozen);
    const view = await careful.view(frozen);
    expect(view.pulls).toBe(200);
    expect(view.arms[0]).toMatchObject({ pulls: 0, share: 0 });
  });

  it('stays exact with four writers that all do everything, twice', async () => {
    const turns = 300;
    const stores = others.map((one, i) => new ArmStore({ redis: one, keys, clock, random: random(i + 1) }));
    const dueMs = clock.wallMs() + config.feedbackWindow;
    const outcomeOf = (i: number) => ({ failed: i % 11 === 0, latencyMs: (i * 137) % 12_000 });
    const ratingOf = (i: number): number | undefined => (i % 3 === 0 ? (i % 5) + 1 : undefined);
    const short = { ...config, warmupPulls: 150 };
    await Promise.all(
      stores.flatMap((one, writer) =>
        [0, 1].map(async () => {
          let seen = { settled: 0, phase: 0 };
          for (let k = 0; k < turns; k++) {
            const i = (k * 7 + writer * 61) % turns;
            await one.choose(`t${i}`, context, config);
            await one.observe(`t${i}`, outcomeOf(i), config);
            const rating = ratingOf(i);
            if (rating !== undefined) await one.rate(`t${i}`, rating);
            if (k % 5 === 0) await one.settleDue(dueMs);
            if (k % 50 === 0) {
              const view = await one.view(short);
              const now = { settled: view.settled, phase: phases.indexOf(view.phase) };
              expect(now.settled).toBeGreaterThanOrEqual(seen.settled);
              expect(now.phase).toBeGreaterThanOrEqual(seen.phase);
              seen = now;
            }
          }
        }),
      ),
    );
    await Promise.all(stores.map((one) => one.settleDue(dueMs)));

    let expected: ArmStates = {};
    for (let i = 0; i < turns; i++) {
      const arm = (await redis.hget(keys.armDecision(`t${i}`), 'arm')) ?? '';
      const rating = ratingOf(i);
      expected = settle(expected, arm, toMicro(rating === undefined ? implicitReward(outcomeOf(i), config.latencyBudget) : ratingReward(rating)));
    }
    const view = await store.view(config);
    expect(view).toMatchObject({ pulls: turns, settled: turns, pendingRewards: 0 });
    expect(view.kinds.forced + view.kinds.explore + view.kinds.exploit).toBe(turns);
    const { states } = await store.read(config);
    for (const arm of Object.keys(config.arms)) {
      const { n, sum, sumSq } = expected[arm] ?? emptyArm;
      expect(states[arm]).toMatchObject({ n, sum, sumSq, pulls: n });
    }
    expect((await store.view(short)).phase).toBe('learned');
  });
});
