import { appendFile, cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from '../../../core/base/clock.js';
import { silentLog } from '../../../core/base/log.js';
import { mountSmallDisk, noSmallDisk } from '../../../core/base/test-small-disk.js';
import { connect, type Redis, whenReady } from '../../../core/redis/connection.js';
import { keysFor } from '../../../core/redis/keys.js';
import { createLauncher } from '../../process/launcher.js';
import { createNodeSpawner } from '../../process/node-spawner.js';
import { ManagedRedis } from '../managed-redis.js';
import { RedisBackups } from './redis-backups.js';
import { restoreBackup } from './restore.js';

const clock = systemClock;
const log = silentLog;
let dataDir: string;
const ends: (() => unknown)[] = [];

async function stack(config = { every: 3_600_000, keep: 24, keepDays: 7 }) {
  const launcher = createLauncher({ spawner: createNodeSpawner({ entryDir: dataDir }), dataDir, runId: 'run', clock, log });
  const searchPath = (process.env['PATH'] ?? '').split(delimiter);
  const locate = { platform: process.platform, configured: process.env['ROOST_REDIS_SERVER'], searchPath };
  const redis = new ManagedRedis({
    launcher,
    clock,
    random: systemRandom,
    log,
    dataDir,
    keys: keysFor('roost'),
    version: '1.0.0',
    locate,
    config: { appendfsync: 'everysec', maxMemory: 64 * 1024 ** 2 },
  });
  const dir = join(dataDir, 'backup');
  const backups = new RedisBackups({ redis, launcher, clock, log, dir, config });
  ends.push(async () => {
    await backups.stop();
    await redis.stop('the test is over');
    await launcher.close();
  });
  redis.start();
  await redis.process.whenRunning(AbortSignal.timeout(60_000));
  await backups.start();
  return { redis, backups, dir, restore: (file: string) => restoreBackup(file, { redis, launcher, clock, log, dir }) };
}

async function client(redis: ManagedRedis): Promise<Redis> {
  const connection = connect(redis.adminAddress(), 'calls', 'test', log);
  ends.unshift(() => connection.disconnect());
  await whenReady(clock, connection, 30_000);
  return connection;
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost backup ä '));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(dataDir, { recursive: true, force: true });
});

it('a backup taken under load is proved and brings every key back that was acknowledged before it', async () => {
  const { redis, backups, restore } = await stack();
  const connection = await client(redis);
  for (let key = 0; key < 500; key++) await connection.multi().set(`key${key}`, 'x'.repeat(500)).rpush('list', String(key)).exec();
  let writing = true;
  let later = 0;
  const writer = (async () => {
    while (writing) await connection.multi().set(`later${later++}`, 'y'.repeat(2_000)).lpush('l', 'z'.repeat(1_000)).exec();
  })();
  const backup = await backups.make('by-hand');
  writing = false;
  await writer;
  expect(later).toBeGreaterThan(0);
  expect(backup).toMatchObject({ reason: 'by-hand', verifiedBy: 'redis-check-aof' });
  expect(await connection.config('GET', 'auto-aof-rewrite-percentage')).toEqual(['auto-aof-rewrite-percentage', '100']);

  await connection.flushall();
  await connection.set('after', '1');
  const { setAside } = await restore(backup.name);
  await whenReady(clock, connection, 30_000);
  expect(await connection.llen('list')).toBe(500);
  expect(await connection.exists(...Array.from({ length: 500 }, (_, key) => `key${key}`))).toBe(500);
  expect(await connection.get('after')).toBeNull();
  expect(await readdir(join(setAside ?? '', 'appendonlydir'))).toContain('appendonly.aof.manifest');
  // The backup itself is untouched and good for another time.
  await restore(backup.path);
});

it('is the way out when Redis refuses to start over files that are gone', async () => {
  const { redis, backups, restore } = await stack();
  await (await client(redis)).set('kept', 'ja');
  const { name } = await backups.make('by-hand');
  const pid = redis.view().pid ?? 0;
  await rm(join(dataDir, 'redis'), { recursive: true });
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(redis.view().state).toBe('failed'), { timeout: 60_000 });
  expect(redis.view().detail).toMatch(/RECOVERY: .*roost restore/);
  expect(redis.needsRecovery).toBe(true);
  await restore(name);
  expect(redis.needsRecovery).toBe(false);
  expect(await (await client(redis)).get('kept')).toBe('ja');
});

it('refuses a backup that is not what was written, before anything is touched', async () => {
  const { redis, backups, restore } = await stack();
  await (await client(redis)).set('kept', 'ja');
  const { name, path } = await backups.make('by-hand');
  const files = (await readdir(join(path, 'appendonlydir'))).filter((file) => file.endsWith('.rdb'));
  const base = join(path, 'appendonlydir', files[0] ?? '');
  const bytes = await readFile(base);
  bytes[bytes.length - 12] = (bytes[bytes.length - 12] ?? 0) ^ 0xff;
  await writeFile(base, bytes);
  const pid = redis.view().pid;
  await expect(restore(name)).rejects.toThrow(/is damaged/);
  await expect(restore('redis-2020-01-01T00-00-00-000Z')).rejects.toThrow(/must be a backup/);
  await expect(restore('../redis')).rejects.toThrow(/name of a backup or an absolute path/);
  expect(redis.view()).toMatchObject({ state: 'running', pid });
});

it('makes them on its own and keeps as many as wanted', async () => {
  const { backups, dir } = await stack({ every: 150, keep: 2, keepDays: 0 });
  const seen = new Set<string>();
  await vi.waitFor(() => {
    for (const { name } of backups.view().items) seen.add(name);
    expect(seen.size).toBeGreaterThanOrEqual(4);
  }, 60_000);
  await backups.stop();
  expect(backups.view()).toMatchObject({ problem: null, items: [{ reason: 'schedule' }, { reason: 'schedule' }] });
  expect(await readdir(dir)).toHaveLength(2);
});

it('says why there is none, and leaves no half copy behind', async () => {
  const { redis, backups, dir } = await stack();
  await appendFile(join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), 'nonsense\n');
  // The rewrite puts the manifest right again: the server writes it as it knows it.
  await expect(backups.make('by-hand')).resolves.toMatchObject({ verifiedBy: 'redis-check-aof' });
  await redis.stop('end');
  await expect(backups.make('by-hand')).rejects.toMatchObject({ code: 'redis-unavailable' });
  expect(backups.view().problem).toMatch(/only a running one/);
  expect((await readdir(dir)).filter((name) => name.endsWith('.draft'))).toEqual([]);
});

it('on a disk without room: says so before it begins, leaves no half copy, and the backups there are stay as they are', async (context) => {
  const { redis, backups, dir } = await stack();
  await (await client(redis)).set('kept', 'ja');
  const kept = await backups.make('by-hand');
  const aside = join(dataDir, 'aside');
  await rename(dir, aside);
  const disk = mountSmallDisk(dir, '48m') ?? context.skip(noSmallDisk);
  ends.push(() => disk.unmount());
  await cp(join(aside, kept.name), join(dir, kept.name), { recursive: true });
  const said = /leaves at least 64 MB free, but only \d+ MB are there/;
  await expect(backups.make('by-hand')).rejects.toMatchObject({ code: 'disk-full', message: expect.stringMatching(said) });
  expect(backups.view()).toMatchObject({ problem: expect.stringMatching(said), items: [{ name: kept.name }] });
  expect(await readdir(dir)).toEqual([kept.name]);
});
