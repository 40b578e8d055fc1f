import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { silentLog } from '../base/log.js';
import { ManualClock } from '../base/manual-clock.js';
import { connect, type Redis } from '../redis/connection.js';
import { keysFor } from '../redis/keys.js';
import { startTestRedis, type TestRedis } from '../redis/test-redis.js';
import { ArmStore } from './arm-store.js';
import { decisionRecordSchema } from './decision-record.js';
import { toMicro } from './fold.js';
import { foldLog, noSums } from './log-fold.js';
import { LogStore } from './log-store.js';
import { repeatable } from './replay.js';
import { implicitReward, ratingReward } from './rewards.js';

const config = configSchema.parse({ coordinator: { feedbackWindow: '1m', latencyBudget: '10s' } }).coordinator;
const keys = keysFor('test');
const clock = new ManualClock();
let server: TestRedis;
let redis: Redis;
let log: LogStore;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
  log = new LogStore({ redis, keys });
});

const outcomeOf = (i: number) => ({ failed: i % 11 === 0, latencyMs: (i * 137) % 12_000 });
const ratingOf = (i: number): number | undefined => (i % 3 === 0 ? (i % 5) + 1 : undefined);
const intents = ['billing', 'travel', null, 'code'];

/** Turns with everything that happens to one: chosen, observed, some rated before the window ends and some after. */
async function run(store: ArmStore, turns: readonly number[]): Promise<void> {
  for (const i of turns) {
    await store.choose(`t${i}`, { intent: intents[i % 4] ?? null }, config);
    await store.observe(`t${i}`, outcomeOf(i), config);
    const rating = ratingOf(i);
    if (rating !== undefined && i % 2 === 0) await store.rate(`t${i}`, rating);
  }
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

describe('LogStore', () => {
  it('loses nothing with eight writers, a tenth of duplicates, random order and one cut off in mid-air', { timeout: 60_000 }, async () => {
    const turns = 400;
    const writers = Array.from({ length: 8 }, (_, i) => connect(server.address, 'blocking', `writer-${i}`, silentLog));
    const stores = writers.map((one, i) => new ArmStore({ redis: one, keys, clock, random: repeatable(i + 1) }));
    const random = repeatable(99);
    const order = shuffled(turns, random);
    const dueMs = clock.wallMs() + config.feedbackWindow;
    await Promise.all(
      stores.map(async (store, writer) => {
        const own = order.filter((_, at) => at % 8 === writer);
        const twice = own.filter(() => random() < 0.1);
        if (writer === 3) {
          // As by kill -9: what was sent may or may not have arrived; the job runs again elsewhere.
          const lost = run(store, own).catch(() => undefined);
          await run(stores[4] as ArmStore, own.slice(0, 2));
          writers[3]?.disconnect();
          await Promise.race([lost, run(stores[5] as ArmStore, own)]);
          await run(stores[5] as ArmStore, own);
          return;
        }
        await run(store, [...own, ...twice]);
        await store.settleDue(dueMs);
      }),
    );
    const last = stores[0] as ArmStore;
    await Promise.all([last.settleDue(dueMs), stores[1]?.settleDue(dueMs)]);
    for (const i of order) {
      const rating = ratingOf(i);
      if (rating !== undefined) await last.rate(`t${i}`, rating);
    }

    const { totals, arms } = await log.export();
    expect(totals['settled']).toBe(turns);
    const wanted = order.reduce((sum, i) => {
      const rating = ratingOf(i);
      return sum + toMicro(rating === undefined ? implicitReward(outcomeOf(i), config.latencyBudget) : ratingReward(rating));
    }, 0);
    expect(Object.values(arms).reduce((sum, arm) => sum + (arm['sum'] ?? 0), 0)).toBe(wanted);
    const proof = await log.verify();
    expect(proof).toMatchObject({ identical: true, differences: [] });
    expect(proof.entries).toBeGreaterThanOrEqual(turns * 2);
    for (const one of writers) one.disconnect();
  });

  it('makes the state again from the log alone, to the last digit, also after the log was cut twice', { timeout: 60_000 }, async () => {
    const store = new ArmStore({ redis, keys, clock, random: repeatable(5) });
    await run(store, shuffled(120, repeatable(1)));
    await store.settleDue(clock.wallMs() + config.feedbackWindow);
    const entries = await log.entries('0', 10_000);
    expect(foldLog(noSums(), entries)).toEqual(await log.export());
    for (const at of [100, 40]) {
      const page = await log.entries('0', at);
      expect(await log.cut(page.at(-1)?.id ?? '')).toBe(true);
      expect(await log.verify()).toMatchObject({ identical: true });
    }
    expect(await log.length()).toBeLessThan(entries.length);
    await redis.hincrby(keys.arm('npc'), 'sum', 1);
    const proof = await log.verify();
    expect(proof.identical).toBe(false);
    expect(proof.differences.join()).toContain('arms.npc.sum');
  });

  it('keeps a whole record of each decision: the vector sums to 1 and the draw can be repeated', async () => {
    const store = new ArmStore({ redis, keys, clock, random: () => 0.6 });
    await store.choose('t1', { intent: null, text: 'I want a refund of this invoice' }, { ...config, intents: { billing: ['invoice', 'refund'] } });
    const [entry] = (await log.entries('0')).filter((one) => one.fields['k'] === 'd');
    const record = decisionRecordSchema.parse(JSON.parse(entry?.fields['j'] ?? ''));
    expect(record).toMatchObject({ intent: 'billing', u: 0.6, policy: 'thompson', alpha: 1, t: 0, phase: 'warmup_early', eps: 0.3 });
    expect(record.arms.reduce((sum, arm) => sum + arm.p, 0)).toBeCloseTo(1, 12);
    expect(record.p).toBe(record.arms.find((arm) => arm.arm === record.arm)?.p);
  });

  it('drops buckets past the newest 256, keeps the first six, and still adds up', { timeout: 60_000 }, async () => {
    const store = new ArmStore({ redis, keys, clock, random: repeatable(5) });
    await run(store, [1, 2, 4]);
    // As if 15,000 turns had settled before these are.
    await log.import({
      ...(await log.export()),
      totals: { ...(await log.export()).totals, settled: 15_049 },
      buckets: { '0': { at: 1 }, '40': { at: 1 }, '45': { at: 1 }, '300': { at: 1 } },
    });
    expect(await store.rate('t2', 4)).toMatchObject({ recorded: true });
    const { buckets } = await log.export();
    expect(Object.keys(buckets).sort()).toEqual(['0', '300']);
    expect(await log.verify()).toMatchObject({ identical: true });
  });

  it('exports and imports the same state, refuses a damaged one', async () => {
    const store = new ArmStore({ redis, keys, clock, random: repeatable(5) });
    await run(store, [1, 2, 3, 6]);
    await store.settleDue(clock.wallMs() + config.feedbackWindow);
    const before = await log.export();
    await store.choose('later', { intent: null }, config);
    await store.rate('later', 1);
    await log.import(before);
    const after = await log.export();
    expect({ ...after, totals: { ...after.totals, version: 0 } }).toEqual({ ...before, totals: { ...before.totals, version: 0 } });
    expect(await log.verify()).toMatchObject({ identical: true });
    expect((await store.read(config)).states['npc']?.n).toBe(before.arms['npc']?.['n'] ?? 0);
    await expect(log.import({ layout: 2 })).rejects.toMatchObject({ code: 'bad-request', field: 'state' });
    await expect(log.import({ ...before, arms: { npc: { n: 1, sum: 5_000_000 } } })).rejects.toMatchObject({ code: 'bad-request' });
    await expect(log.import({ ...before, arms: { 'npc:x': { n: 1, sum: 5 } } })).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('takes a state of the layout before over', async () => {
    await redis.sadd(keys.armNames, 'npc');
    await redis.hset(keys.arm('npc'), { n: 7, sum: 4_000_000, sumSq: 3_000_000, born: 0, exploit: 9 });
    await redis.hset(keys.armTotals, { settled: 7, version: 7, exploit: 9 });
    expect(await log.migrate()).toBe(true);
    expect(await log.migrate()).toBe(false);
    const store = new ArmStore({ redis, keys, clock, random: () => 0.5 });
    expect((await store.read(config)).states['npc']).toMatchObject({ n: 7, sum: 4_000_000, pulls: 9 });
    await run(store, [1, 2]);
    await store.settleDue(clock.wallMs() + config.feedbackWindow);
    expect(await log.verify()).toMatchObject({ identical: true });
    const { arms } = await store.view(config);
    expect(arms[0]?.settled).toBeGreaterThanOrEqual(7);
  });
});
