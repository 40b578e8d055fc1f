import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { systemClock } from '../base/clock.js';
import { type Log, silentLog } from '../base/log.js';
import { ManualClock } from '../base/manual-clock.js';
import { call, connect, whenReady } from './connection.js';
import { startTestRedis, type TestRedis } from './test-redis.js';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof RoostError ? error.code : String(error)),
  );
}

describe('a connection for calls', () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startTestRedis();
  });
  afterAll(() => server.stop());

  it('answers once ready and fails at once after the server died', async () => {
    const own = await startTestRedis();
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => void lines.push(message) };
    const redis = connect(own.address, 'calls', 'test', log);
    await whenReady(systemClock, redis, 30_000);
    expect(await call(systemClock, redis.ping())).toBe('PONG');
    const hanging = redis.blpop('nothing', 0);
    own.kill();
    expect(await codeOf(call(systemClock, hanging))).toBe('redis-unavailable');
    // At once: by a clock that stands still no deadline ever comes.
    expect(await codeOf(call(new ManualClock(), redis.ping()))).toBe('redis-unavailable');
    expect(await codeOf(whenReady(systemClock, redis, 600))).toBe('redis-unavailable');
    // Several tries to reconnect have failed by now: one outage, one line.
    expect(lines).toHaveLength(1);
    redis.disconnect();
    await own.stop();
  });

  it('maps a full memory and keeps other errors as they are', async () => {
    const redis = connect(server.address, 'calls', 'test', silentLog);
    await whenReady(systemClock, redis, 30_000);
    await redis.set('text', 'x');
    expect(await codeOf(call(systemClock, redis.lpush('text', 'y')))).toContain('WRONGTYPE');
    await redis.config('SET', 'maxmemory', '1');
    expect(await codeOf(call(systemClock, redis.set('a', 'b')))).toBe('redis-failed');
    expect(await codeOf(call(systemClock, redis.eval("redis.call('set', 'a', 'b')", 0) as Promise<unknown>))).toBe('redis-failed');
    await redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
  });

  it('gives up on a server that accepts and never answers', async () => {
    const path = join(server.dir, 'silent');
    const silent = await new Promise<Server>((resolve) => {
      const listener = createServer(() => undefined).listen(path, () => resolve(listener));
    });
    const redis = connect({ path }, 'calls', 'test', silentLog);
    expect(await codeOf(whenReady(systemClock, redis, 300))).toBe('redis-unavailable');
    redis.disconnect();
    silent.close();
  });
});

it('a blocking connection waits for Redis and carries on', async () => {
  const server = await startTestRedis();
  const redis = connect(server.address, 'blocking', 'test', silentLog);
  expect(await redis.ping()).toBe('PONG');
  redis.disconnect();
  await server.stop();
});
