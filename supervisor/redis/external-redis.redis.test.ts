import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { connect, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { ExternalRedis } from './external-redis.js';
import { untilServing } from './probe.js';

let server: TestRedis;
let external: ExternalRedis;
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 20 });
const urlOf = (): string => ('path' in server.address ? server.address.path : '');

beforeEach(async () => {
  server = await startTestRedis();
  // The client takes a path where a URL may stand.
  external = new ExternalRedis({
    url: urlOf(),
    clock: systemClock,
    log: silentLog,
    keys: keysFor('roost'),
    version: '1.0.0',
    tuning: { periodMs: 100, deadlineMs: 1_000, misses: 2 },
  });
});
afterEach(async () => {
  await external.stop('the test is over');
  await server.stop();
});

it('runs once the server answers, waits while it does not, and offers no acts', async () => {
  const ready = vi.fn();
  external.onReady(ready);
  expect(external.view()).toMatchObject({ state: 'stopped', pid: null });
  external.start();
  await until(() => expect(external.view()).toMatchObject({ state: 'running', required: true, can: { start: false, stop: false, restart: false } }));
  expect(external.version).toMatch(/^\d+\./);
  expect(external.trouble).toBeNull();
  process.kill(server.pid, 'SIGSTOP');
  await until(() => expect(external.view().state).toBe('starting'));
  process.kill(server.pid, 'SIGCONT');
  await until(() => expect(external.view().state).toBe('running'));
  expect(ready).toHaveBeenCalledTimes(2);
  const { cause, lastSignAtMs = 0, detectedAtMs = 0 } = external.view().lastExit ?? {};
  expect(cause).toBe('unresponsive');
  expect(detectedAtMs - lastSignAtMs).toBeGreaterThan(900);
});

it('warns about a server that may throw jobs away', async () => {
  const admin = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, admin, 30_000);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  admin.disconnect();
  external.start();
  await until(() => expect(external.view().state).toBe('running'));
  expect(external.trouble).toMatchObject({ code: 'eviction', message: expect.stringContaining('allkeys-lru') });
});

it('a server at our address that is not the one we started is refused at once', async () => {
  const waiting = untilServing({ clock: systemClock, address: server.address, nonceUser: 'roost-run-x', signal: AbortSignal.timeout(60_000), log: silentLog });
  await expect(waiting).rejects.toMatchObject({ code: 'redis-failed', message: expect.stringContaining('Another Redis server') });
});
