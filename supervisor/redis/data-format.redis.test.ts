import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis } from '../../core/redis/test-redis.js';
import type { FormatStep } from '../data-format/format-steps.js';
import { createLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import { listBackups, readVerified } from './backup/backup-files.js';
import { ExternalRedis } from './external-redis.js';
import { ManagedRedis } from './managed-redis.js';

const clock = systemClock;
const keys = keysFor('roost');
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 20 });
/** The size of the pool moves into a hash, once and for all however often it is asked to. */
const step: FormatStep = {
  what: 'the size of the pool is a field',
  async keys(redis) {
    const target = await redis.get(keys.poolTarget);
    if (target !== null) await redis.multi().hset(keys.poolStats, 'target', target).del(keys.poolTarget).exec();
  },
};

let dataDir: string;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost-format-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(dataDir, { recursive: true, force: true });
});

/** A Roost of a version that knows these steps, over the same data. */
function managed(steps: readonly FormatStep[]): { readonly redis: ManagedRedis; stop(): Promise<void> } {
  const launcher = createLauncher({ spawner: createNodeSpawner({ entryDir: dataDir }), dataDir, runId: 'run', clock, log: silentLog });
  const redis = new ManagedRedis({
    launcher,
    clock,
    random: systemRandom,
    log: silentLog,
    dataDir,
    keys,
    version: `${steps.length + 1}.0.0`,
    steps,
    locate: { platform: process.platform, configured: process.env['ROOST_REDIS_SERVER'], searchPath: (process.env['PATH'] ?? '').split(delimiter) },
    config: { appendfsync: 'everysec', maxMemory: 64 * 1024 ** 2 },
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= redis.stop('the test is over').then(() => launcher.close()));
  ends.push(stop);
  redis.start();
  return { redis, stop };
}

async function client(redis: Pick<ManagedRedis, 'address'>): Promise<Redis> {
  const connection = connect(redis.address(), 'calls', 'test', silentLog);
  ends.unshift(() => connection.disconnect());
  await whenReady(clock, connection, 30_000);
  return connection;
}

describe('the keys of a managed Redis', () => {
  it('are marked; older ones are backed up and changed once, newer ones are left to a person and not started over again and again', async () => {
    const first = managed([]);
    await first.redis.process.whenRunning(AbortSignal.timeout(60_000));
    const before = await client(first.redis);
    expect(await before.get(keys.format)).toBe('1');
    await before.set(keys.poolTarget, '7');
    await first.stop();

    for (const looks of [1, 2]) {
      const second = managed([step]);
      await second.redis.process.whenRunning(AbortSignal.timeout(60_000));
      const after = await client(second.redis);
      expect([await after.get(keys.format), await after.hget(keys.poolStats, 'target'), await after.exists(keys.poolTarget)]).toEqual(['2', '7', 0]);
      const backups = await listBackups(join(dataDir, 'backup'));
      expect(backups.map(({ reason }) => reason)).toEqual(['upgrade']);
      if (looks === 2) expect((await readVerified(backups[0]?.path ?? '')).files.length).toBeGreaterThan(1);
      await second.stop();
    }

    const { redis } = managed([]);
    await until(() =>
      expect(redis.view()).toMatchObject({
        state: 'failed',
        restarts: 0,
        detail: expect.stringMatching(/newer Roost \(format 2\); this is Roost 1\.0\.0.*restore/),
      }),
    );
    expect(redis.needsRecovery).toBe(true);
  });
});

describe('the keys of a Redis of somebody else', () => {
  it('are marked; newer ones and such as only a backup would make safe to change are refused in words, until a person has set that right', async () => {
    const server = await startTestRedis();
    ends.push(() => server.stop());
    const url = 'path' in server.address ? server.address.path : '';
    const met = (steps: readonly FormatStep[]): ExternalRedis => {
      const redis = new ExternalRedis({ url, clock, log: silentLog, keys, version: '1.0.0', steps, tuning: { periodMs: 100, deadlineMs: 5_000, misses: 3 } });
      ends.unshift(() => redis.stop('the test is over'));
      redis.start();
      return redis;
    };
    const admin = connect(server.address, 'calls', 'test', silentLog);
    ends.unshift(() => admin.disconnect());
    await whenReady(clock, admin, 30_000);
    await admin.set(keys.poolTarget, '7');
    const mine = met([]);
    await until(() => expect(mine.view().state).toBe('running'));
    expect(await admin.get(keys.format)).toBe('1');

    const later = met([step]);
    await until(() =>
      expect(later.view()).toMatchObject({ state: 'failed', detail: expect.stringMatching(/of format 1, and this Roost 1\.0\.0 works with format 2/) }),
    );
    expect([await admin.get(keys.format), await admin.get(keys.poolTarget)]).toEqual(['1', '7']);

    await admin.set(keys.format, '9');
    const earlier = met([]);
    await until(() => expect(earlier.view()).toMatchObject({ state: 'failed', detail: expect.stringContaining('newer Roost (format 9)') }));
    await admin.set(keys.format, '1');
    await until(() => expect(earlier.view().state).toBe('running'));
  });
});
