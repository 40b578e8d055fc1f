import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.js';
import { silentLog } from '../base/log.js';
import { connect, type Redis, whenReady } from '../redis/connection.js';
import { keysFor } from '../redis/keys.js';
import { startTestRedis, type TestRedis } from '../redis/test-redis.js';
import { ReportStore } from './report-store.js';

let server: TestRedis;
let redis: Redis;
const keys = keysFor('test');
const dayMs = 86_400_000;
beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, redis, 30_000);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const put = (jobId: string, atMs: number, handler = 'governance', text = 'words') =>
  new ReportStore(redis, keys).put(
    { handler, queue: 'q', jobId, node: 'n1', atMs },
    { title: `T ${jobId}`, summary: 's', markdown: text, figures: { a: 1, bad: Number.NaN } },
  );

describe('ReportStore', () => {
  it('keeps one report a job, the newest first, by handler', async () => {
    const store = new ReportStore(redis, keys);
    const id = await put('1', 1_000);
    expect(await put('1', 2_000, 'governance', 'other words')).toBe(id);
    await put('2', 3_000, 'trend-scan');
    expect(await store.get(id)).toMatchObject({ id, atMs: 2_000, markdown: 'other words', figures: { a: 1 } });
    const { reports, total } = await store.list({ limit: 10 });
    expect(reports.map(({ title }) => title)).toEqual(['T 2', 'T 1']);
    expect(total).toBe(2);
    expect((await store.list({ handler: 'trend-scan', limit: 10 })).reports).toHaveLength(1);
    expect((await store.list({ limit: 10, untilMs: 2_000 })).reports.map(({ title }) => title)).toEqual(['T 1']);
    expect(await store.handlers()).toEqual([
      { handler: 'trend-scan', reports: 1, lastAtMs: 3_000 },
      { handler: 'governance', reports: 1, lastAtMs: 2_000 },
    ]);
    expect(await store.get('nothing')).toBeUndefined();
  });

  it('drops what is older than 90 days, from every list', async () => {
    await put('old', 1_000);
    await put('new', 1_000 + 91 * dayMs, 'trend-scan');
    const store = new ReportStore(redis, keys);
    expect((await store.list({ limit: 10 })).total).toBe(1);
    expect((await store.list({ handler: 'governance', limit: 10 })).total).toBe(0);
    expect(await redis.ttl(keys.report((await store.list({ limit: 1 })).reports[0]?.id ?? ''))).toBeGreaterThan(80 * 86_400);
  });

  it('reads around a damaged one, and cuts what is too long', async () => {
    const id = await put('1', 1_000);
    await redis.hset(keys.report(id), 'figures', '{');
    await put('2', 2_000, 'governance', 'x'.repeat(300_000));
    const { reports } = await new ReportStore(redis, keys).list({ limit: 10 });
    expect(reports).toHaveLength(1);
    expect((await new ReportStore(redis, keys).get(reports[0]?.id ?? ''))?.markdown.length).toBeLessThan(201_000);
  });
});
