import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TurnView } from '../../contract/state.js';
import { turnOf } from '../../contract/test-turn.js';
import { silentLog } from '../base/log.js';
import { connect, type Redis } from '../redis/connection.js';
import { keysFor } from '../redis/keys.js';
import { startTestRedis } from '../redis/test-redis.js';
import { QuotaStore } from './quota-store.js';
import { type Allowance, TurnStore } from './turn-store.js';

const keys = keysFor('t');
const dayMs = 86_400_000;
let server: Awaited<ReturnType<typeof startTestRedis>>;
let redis: Redis;
let turns: TurnStore;
let quotas: QuotaStore;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
  turns = new TurnStore(redis, keys);
  quotas = new QuotaStore(redis, keys);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());

let made = 0;
const turn = (over: Partial<TurnView> = {}): TurnView => turnOf({ id: `t${++made}`, ...over });
const allow = (over: Partial<Allowance> = {}): Allowance => ({ userId: 'ann', perDay: 3, waiting: 100, nowMs: 20_000 * dayMs + 5, ...over });

describe('turns of a day', () => {
  it('are counted with the turn, and one too many is not written at all', async () => {
    for (let n = 1; n <= 3; n++) expect(await turns.create(turn(), undefined, allow())).toMatchObject({ kind: 'created', used: n, ahead: n - 1 });
    const refused = turn();
    expect(await turns.create(refused, undefined, allow())).toMatchObject({ kind: 'quota', used: 3, resetsAtMs: 20_001 * dayMs });
    expect(await turns.get(refused.id)).toBeUndefined();
    expect(await turns.pending('s1')).toHaveLength(3);
    expect(await turns.create(turn(), undefined, allow({ userId: 'ben' }))).toMatchObject({ kind: 'created', used: 1 });
    expect((await quotas.busiest(10, 20_000 * dayMs)).users).toEqual([
      { userId: 'ann', used: 3 },
      { userId: 'ben', used: 1 },
    ]);
  });

  it('are not counted twice when the same turn is created again after a lost answer', async () => {
    const same = turn();
    for (let n = 0; n < 3; n++) expect(await turns.create(same, undefined, allow({ perDay: 1 }))).toMatchObject({ kind: 'created', used: 1 });
  });

  it('begin anew at midnight, and a clock that is set back does not open a day again', async () => {
    const at = (day: number, extra = 0) => allow({ perDay: 1, nowMs: day * dayMs + extra });
    expect(await turns.create(turn(), undefined, at(20_000, dayMs - 1))).toMatchObject({ kind: 'created' });
    expect(await turns.create(turn(), undefined, at(20_001))).toMatchObject({ kind: 'created', used: 1 });
    expect(await turns.create(turn(), undefined, at(20_000))).toMatchObject({ kind: 'quota', resetsAtMs: 20_002 * dayMs });
    expect(await turns.create(turn(), undefined, at(19_000))).toMatchObject({ kind: 'quota' });
    expect(await quotas.used('ann', 19_000 * dayMs)).toEqual({ used: 1, resetsAtMs: 20_002 * dayMs });
  });

  it('begin anew at the midnight of another zone, also on a day that is an hour shorter', async () => {
    const hourMs = 3_600_000;
    const midnight = 20_000 * dayMs;
    const day = { offsetMs: hourMs, nextOffsetMs: 2 * hourMs };
    // 23:30 there is 22:30 UTC; the day that begins half an hour later ends where the clocks are two hours ahead.
    const late = await turns.create(turn(), undefined, allow({ perDay: 1, nowMs: midnight - 1.5 * hourMs, day: { ...day, nextOffsetMs: hourMs } }));
    expect(late).toMatchObject({ kind: 'created', used: 1, resetsAtMs: midnight - hourMs });
    expect((await turns.create(turn(), undefined, allow({ perDay: 1, nowMs: midnight - hourMs - 1, day }))).kind).toBe('quota');
    const early = await turns.create(turn(), undefined, allow({ perDay: 1, nowMs: midnight - hourMs, day }));
    expect(early).toMatchObject({ kind: 'created', used: 1, resetsAtMs: midnight + dayMs - 2 * hourMs });
    expect(await quotas.used('ann', midnight, day)).toEqual({ used: 1, resetsAtMs: midnight + dayMs - 2 * hourMs });
    expect((await quotas.busiest(5, midnight, day)).users).toEqual([{ userId: 'ann', used: 1 }]);
  });

  it('never exceed the limit of a day, whatever the clock does and however many ask at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 * dayMs }), { maxLength: 25 }), async (times) => {
        await redis.flushall();
        const answers = await Promise.all(times.map((at) => turns.create(turn(), undefined, allow({ perDay: 2, nowMs: 20_000 * dayMs + at }))));
        const perDay = new Map<number, number>();
        for (const { kind, resetsAtMs } of answers) if (kind === 'created') perDay.set(resetsAtMs, (perDay.get(resetsAtMs) ?? 0) + 1);
        return [...perDay.values()].every((count) => count <= 2) && answers.length === times.length;
      }),
      { numRuns: 60 },
    );
  });

  it('go by the clock of the server, and leave Redis by themselves', async () => {
    const { nowMs: _, ...byServer } = allow();
    const answer = await turns.create(turn(), undefined, byServer);
    const [seconds] = await redis.time();
    expect(answer.resetsAtMs).toBe((Math.floor(Number(seconds) / 86_400) + 1) * dayMs);
    for (const key of await redis.keys('t:quota:*')) expect(await redis.ttl(key)).toBeGreaterThan(0);
  });

  it('a line that is full takes no more turns, and the refused one costs nothing', async () => {
    await turns.create(turn(), undefined, allow({ waiting: 2 }));
    await turns.create(turn(), undefined, allow({ waiting: 2 }));
    expect(await turns.create(turn(), undefined, allow({ waiting: 2 }))).toMatchObject({ kind: 'waiting', waiting: 2, used: 2 });
    expect(await turns.create(turn({ sessionId: 's2' }), undefined, allow({ waiting: 2 }))).toMatchObject({ kind: 'created', used: 3 });
  });
});
