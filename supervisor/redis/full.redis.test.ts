import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { mountSmallDisk, noSmallDisk } from '../../core/base/test-small-disk.js';
import { roomy } from '../../core/base/test-times.js';
import { call, connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { createLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import { ManagedRedis } from './managed-redis.js';

const clock = systemClock;
let dataDir: string;
const ends: (() => unknown)[] = [];

async function started(change: { readonly maxMemory?: number; readonly platform?: NodeJS.Platform } = {}): Promise<ManagedRedis> {
  const launcher = createLauncher({ spawner: createNodeSpawner({ entryDir: dataDir }), dataDir, runId: 'run', clock, log: silentLog });
  const redis = new ManagedRedis({
    launcher,
    clock,
    random: systemRandom,
    log: silentLog,
    dataDir,
    keys: keysFor('roost'),
    version: '1.0.0',
    locate: {
      platform: change.platform ?? process.platform,
      configured: process.env['ROOST_REDIS_SERVER'] ?? (change.platform === undefined ? undefined : whereRedisIs()),
      searchPath: (process.env['PATH'] ?? '').split(delimiter),
    },
    config: { appendfsync: 'everysec', maxMemory: change.maxMemory ?? 512 * 1024 ** 2 },
    // Nobody hangs here, and a busy machine must not look like it.
    tuning: { periodMs: 500, deadlineMs: 5_000, misses: 6 },
  });
  ends.push(async () => {
    await redis.stop('the test is over');
    await launcher.close();
  });
  redis.start();
  return redis;
}

const whereRedisIs = (): string => execFileSync('sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' }).trim();

async function client(redis: ManagedRedis): Promise<Redis> {
  await redis.process.whenRunning(AbortSignal.timeout(60_000));
  const connection = connect(redis.address(), 'calls', 'test', silentLog);
  ends.unshift(() => connection.disconnect());
  await whenReady(clock, connection, 30_000);
  return connection;
}

const value = 'v'.repeat(10_000);

/** Writes keys until Redis refuses one; gives the acknowledged ones and the refusal. */
async function fill(connection: Redis, most: number, prefix = 'key', text = value): Promise<{ readonly acknowledged: number; readonly refusal: unknown }> {
  for (let key = 0; key < most; key++) {
    try {
      await call(clock, connection.set(`${prefix}${key}`, text));
    } catch (refusal) {
      return { acknowledged: key, refusal };
    }
  }
  throw new Error('nothing was refused');
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost-full-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(dataDir, { recursive: true, force: true });
});

describe('no room', () => {
  it('on the disk: a state, no restart; reads go on, writes are back within 2 s of free space, and nothing is lost', async (context) => {
    const disk = mountSmallDisk(join(dataDir, 'redis'), '8m') ?? context.skip(noSmallDisk);
    ends.push(() => disk.unmount());
    const ballast = join(dataDir, 'redis', 'ballast');
    await writeFile(ballast, Buffer.alloc(4 * 1024 ** 2));
    const redis = await started();
    const connection = await client(redis);
    const { pid } = redis.view();
    const { acknowledged, refusal } = await fill(connection, 10_000);
    expect(refusal).toMatchObject({ code: 'disk-full' });
    await vi.waitFor(() => expect(redis.trouble).toMatchObject({ code: 'disk-full' }), 60_000);
    expect(redis.view()).toMatchObject({ state: 'running', pid, restarts: 0, detail: expect.stringContaining('disk') });
    expect(await connection.get('key0')).toBe(value);

    await rm(ballast);
    const freedMs = clock.monoMs();
    await vi.waitFor(() => connection.set('after', 'ja'), { timeout: 60_000, interval: 20 });
    expect(clock.monoMs() - freedMs).toBeLessThan(roomy(2_000));
    await vi.waitFor(() => expect(redis.trouble).toBeNull(), 60_000);

    process.kill(pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(redis.view()).toMatchObject({ state: 'running', restarts: 1 }), 60_000);
    await whenReady(clock, connection, 30_000);
    expect(await connection.exists(...Array.from({ length: acknowledged }, (_, key) => `key${key}`))).toBe(acknowledged);
    expect(await connection.get('after')).toBe('ja');
  });

  it('in memory: changes are refused, nothing is evicted, and it ends when something is taken away', async () => {
    const redis = await started({ maxMemory: 16 * 1024 ** 2 });
    const connection = await client(redis);
    const { pid } = redis.view();
    const { acknowledged, refusal } = await fill(connection, 10_000);
    expect(refusal).toMatchObject({ code: 'redis-failed', message: expect.stringContaining('memory') });
    // What connections held for the big values comes free again: small ones keep it full.
    let looks = 0;
    await vi.waitFor(
      async () => {
        await fill(connection, 100_000, `more${looks++}-`, 'v');
        expect(redis.trouble).toMatchObject({ code: 'memory-full' });
      },
      { timeout: 60_000 },
    );
    expect(await connection.exists(...Array.from({ length: acknowledged }, (_, key) => `key${key}`))).toBe(acknowledged);
    await connection.del(...Array.from({ length: 300 }, (_, key) => `key${key}`));
    await vi.waitFor(() => expect(redis.trouble).toBeNull(), 60_000);
    await connection.set('after', 'ja');
    expect(redis.view()).toMatchObject({ state: 'running', pid, restarts: 0 });
  });
});

describe('its place is taken', () => {
  it('by a stranger on its port: it moves to a free one and never talks to the stranger', async () => {
    const redis = await started({ platform: 'win32' });
    const first = await client(redis);
    await first.set('kept', 'ja');
    // It would look for its server where the stranger is now.
    first.disconnect();
    const before = redis.address();
    if (!('port' in before)) throw new Error('a port was expected');
    // Accepts and never answers. It gets the port while nobody has it.
    let met = 0;
    const squatter = createServer(() => void met++);
    ends.unshift(() => squatter.close());
    await redis.process.stop('to make room');
    await new Promise<void>((resolve) => squatter.listen(before.port, '127.0.0.1', resolve));
    redis.process.start('person');
    const again = await client(redis);
    expect(redis.address()).not.toEqual(before);
    expect(await again.get('kept')).toBe('ja');
    expect(met).toBe(0);
  });

  it('by whoever listens on its socket: it does not start beside it, says so, and starts once the place is free', async () => {
    mkdirSync(join(dataDir, 'run'), { mode: 0o700 });
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(join(dataDir, 'run', 'redis.sock'), resolve));
    const redis = await started();
    await vi.waitFor(() => expect(redis.view().lastExit?.message).toMatch(/still runs on .*redis\.sock/), 60_000);
    expect(redis.view().pid).toBeNull();
    await new Promise((resolve) => squatter.close(resolve));
    redis.process.restart('person', 'deliberate', 'the place is free');
    await expect((await client(redis)).ping()).resolves.toBe('PONG');
  });
});
