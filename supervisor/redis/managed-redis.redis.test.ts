import { appendFile, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { faultTime, realTimes, roomy } from '../../core/base/test-times.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { createLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import { ManagedRedis } from './managed-redis.js';

const keys = keysFor('roost');
const until = (check: () => unknown, timeout = 60_000): Promise<unknown> => vi.waitFor(check, { timeout, interval: 20 });

let dataDir: string;
let runs = 0;
const ends: (() => Promise<unknown>)[] = [];

function managed(
  change: {
    readonly platform?: NodeJS.Platform;
    readonly configured?: string;
    readonly tuning?: { periodMs: number; deadlineMs: number; misses: number };
  } = {},
): ManagedRedis {
  const launcher = createLauncher({ spawner: createNodeSpawner({ entryDir: dataDir }), dataDir, runId: `run-${++runs}`, clock: systemClock, log: silentLog });
  const redis = new ManagedRedis({
    launcher,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    dataDir,
    keys,
    version: '1.0.0',
    locate: {
      platform: change.platform ?? 'linux',
      configured: change.configured ?? process.env['ROOST_REDIS_SERVER'],
      searchPath: (process.env['PATH'] ?? '').split(delimiter),
    },
    config: { appendfsync: 'always', maxMemory: 64 * 1024 ** 2 },
    ...(change.tuning === undefined ? {} : { tuning: change.tuning }),
  });
  ends.push(async () => {
    await redis.stop('the test is over');
    await launcher.close();
  });
  return redis;
}

async function running(redis: ManagedRedis): Promise<number> {
  const incarnation = await redis.process.whenRunning(AbortSignal.timeout(60_000));
  return incarnation.pid ?? 0;
}

async function client(redis: ManagedRedis): Promise<Redis> {
  const connection = connect(redis.address(), 'calls', 'test', silentLog);
  ends.unshift(async () => connection.disconnect());
  await whenReady(systemClock, connection, 30_000);
  return connection;
}

const aof = (): string => join(dataDir, 'redis', 'appendonlydir');
const incr = async (): Promise<string> => join(aof(), (await readdir(aof())).find((name) => name.endsWith('.incr.aof')) ?? '');

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost daten ä '));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a managed Redis', () => {
  it('starts in a directory with spaces and letters beyond ASCII, privately', async () => {
    const redis = managed();
    redis.start();
    const pid = await running(redis);
    expect(redis.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(redis.view()).toMatchObject({ name: 'redis', state: 'running', pid, required: true });
    const address = redis.address();
    if (!('path' in address)) throw new Error('a socket was expected');
    expect((await stat(join(dataDir, 'run'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'redis'))).mode & 0o777).toBe(0o700);
    const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    expect(argv).toContain('redis.sock');
    for (const text of [argv, environment]) expect(text).not.toContain(address.password);
    await expect(whenReady(systemClock, connect({ path: address.path, username: 'roost-bullmq', password: 'no' }, 'probe', 'test', silentLog))).rejects.toThrow(
      /WRONGPASS/,
    );
  });

  it('is back within 3 s of a SIGKILL, with its data, and connections find back', async () => {
    const redis = managed();
    const ready = vi.fn();
    redis.onReady(ready);
    redis.start();
    const pid = await running(redis);
    const connection = await client(redis);
    await connection.set('kept', 'ja');
    // Scripts and transactions are written as MULTI … EXEC, and it is the default user who replays them.
    await connection.multi().set('kept:multi', 'ja').exec();
    await connection.eval("redis.call('SET', KEYS[1], 'ja') redis.call('RPUSH', KEYS[2], 'a')", 2, 'kept:script', 'kept:list');
    const killedAt = systemClock.monoMs();
    process.kill(pid, 'SIGKILL');
    await until(() => expect(ready).toHaveBeenCalledTimes(2));
    const readyMs = systemClock.monoMs() - killedAt;
    expect(readyMs).toBeLessThan(roomy(3_000));
    await until(async () => expect(await connection.mget('kept', 'kept:multi', 'kept:script')).toEqual(['ja', 'ja', 'ja']));
    expect(await connection.lrange('kept:list', 0, -1)).toEqual(['a']);
    expect(redis.view().pid).not.toBe(pid);
    expect(redis.view().restarts).toBe(1);
  });

  it('R3: is replaced when it hangs, by three unanswered PINGs, and is known to hang since the last answered one', async () => {
    const redis = managed({ ...(realTimes ? {} : { tuning: { periodMs: 600, deadlineMs: 600, misses: 3 } }) });
    redis.start();
    const pid = await running(redis);
    const stoppedAtMs = systemClock.wallMs();
    process.kill(pid, 'SIGSTOP');
    await until(() => expect(redis.view()).toMatchObject({ state: 'running', restarts: 1 }), faultTime(15_000, 25_000));
    const { cause, lastSignAtMs = 0, detectedAtMs = 0 } = redis.view().lastExit ?? {};
    expect(cause).toBe('unresponsive');
    expect(lastSignAtMs).toBeGreaterThan(stoppedAtMs - roomy(5_000));
    // An answer that was on its way is read a moment later; after it came three questions without one.
    expect(detectedAtMs - lastSignAtMs).toBeGreaterThan(faultTime(1_700, 5_700));
    // Seen within ten seconds of the fault; the last sign was at most one PING earlier.
    expect(detectedAtMs - stoppedAtMs).toBeLessThan(roomy(10_000));
  });

  it('R1: is back with all it acknowledged after a SIGKILL in the middle of a rewrite', async () => {
    const redis = managed();
    redis.start();
    const pid = await running(redis);
    const connection = await client(redis);
    await connection.eval("for n = 1, 5000 do redis.call('SET', 'k' .. n, n) end", 0);
    const admin = connect(redis.adminAddress(), 'calls', 'admin', silentLog);
    ends.unshift(async () => admin.disconnect());
    await whenReady(systemClock, admin, 30_000);
    // So slow that it is surely not over when the server dies.
    await admin.config('SET', 'rdb-key-save-delay', '10000');
    await admin.bgrewriteaof();
    await until(async () => expect(await admin.info('persistence')).toContain('aof_rewrite_in_progress:1'));
    for (let n = 0; n < 50; n++) await connection.set(`late${n}`, n);
    process.kill(pid, 'SIGKILL');
    await until(() => expect(redis.view()).toMatchObject({ state: 'running', restarts: 1 }));
    await until(async () => expect(await connection.dbsize()).toBe(5_052));
  });

  it('is not replaced while a script keeps it busy', async () => {
    const redis = managed({ tuning: { periodMs: 100, deadlineMs: 3_000, misses: 2 } });
    redis.start();
    const pid = await running(redis);
    const admin = connect(redis.adminAddress(), 'calls', 'admin', silentLog);
    ends.unshift(async () => admin.disconnect());
    await whenReady(systemClock, admin, 30_000);
    await admin.config('SET', 'busy-reply-threshold', '50');
    const busy = admin.eval('while true do end', 0).catch((error: Error) => error.message);
    await until(() => expect(redis.view().detail).toMatch(/busy/));
    const killer = connect(redis.adminAddress(), 'probe', 'killer', silentLog);
    await whenReady(systemClock, killer, 30_000);
    await killer.call('SCRIPT', 'KILL');
    killer.disconnect();
    expect(await busy).toMatch(/killed/i);
    await until(() => expect(redis.trouble).toBeNull());
    expect(redis.view()).toMatchObject({ pid, restarts: 0, state: 'running' });
  });

  it('listens on loopback where sockets cannot be used, on the same port after a restart', async () => {
    const redis = managed({ platform: 'win32', configured: '/usr/bin/redis-server' });
    redis.start();
    const pid = await running(redis);
    const before = redis.address();
    expect(before).toMatchObject({ host: '127.0.0.1' });
    process.kill(pid, 'SIGKILL');
    await until(() => expect(redis.view()).toMatchObject({ state: 'running', restarts: 1 }));
    expect(redis.address()).toEqual(before);
    await expect((await client(redis)).ping()).resolves.toBe('PONG');
  });

  it('keeps its data over a stop of everything', async () => {
    const first = managed();
    first.start();
    await running(first);
    await (await client(first)).set('kept', 'ja');
    await first.stop('end');
    expect(first.view().state).toBe('stopped');
    const second = managed();
    second.start();
    await running(second);
    expect(await (await client(second)).get('kept')).toBe('ja');
  });
});

describe('when the data are not what they were', () => {
  async function writtenAndStopped(): Promise<void> {
    const redis = managed();
    redis.start();
    await running(redis);
    const connection = await client(redis);
    for (let key = 0; key < 100; key++) await connection.set(`key${key}`, `value${key}`);
    await redis.stop('end');
  }

  it('refuses to begin with nothing when the manifest is gone, before it touches what is left', async () => {
    await writtenAndStopped();
    await rename(join(aof(), 'appendonly.aof.manifest'), join(dataDir, 'manifest'));
    const before = await readdir(aof());
    const redis = managed();
    redis.start();
    await until(() => expect(redis.view().state).toBe('failed'));
    expect(redis.view().detail).toMatch(/RECOVERY.*redis-epoch/);
    expect(redis.view().pid).toBeNull();
    expect(await readdir(aof())).toEqual(before);
    // A person put the file back: the next start works, with all data.
    await rename(join(dataDir, 'manifest'), join(aof(), 'appendonly.aof.manifest'));
    redis.process.start('person');
    await running(redis);
    expect(await (await client(redis)).dbsize()).toBe(102);
  });

  it('refuses data without the mark', async () => {
    await writtenAndStopped();
    await rm(join(dataDir, 'redis'), { recursive: true });
    const other = managed();
    await rm(join(dataDir, 'redis-epoch'));
    other.start();
    await running(other);
    await other.stop('end');
    const admin = managed();
    admin.start();
    await running(admin);
    await (await client(admin)).del(keys.epoch);
    await admin.stop('end');
    const redis = managed();
    redis.start();
    await until(() => expect(redis.view().state).toBe('failed'));
    expect(redis.view().detail).toMatch(/RECOVERY/);
  });

  it('cuts garbage off the end by itself, after a copy, and loses no key', async () => {
    await writtenAndStopped();
    await appendFile(await incr(), Buffer.alloc(4_096));
    const redis = managed();
    const begin = systemClock.monoMs();
    redis.start();
    await running(redis).catch(() => 0);
    await until(() => expect(redis.view().state).toBe('running'));
    expect(systemClock.monoMs() - begin).toBeLessThan(roomy(10_000));
    expect(await (await client(redis)).dbsize()).toBe(102);
    const [copy] = await readdir(join(dataDir, 'backup'));
    expect(await readdir(join(dataDir, 'backup', copy ?? '', 'appendonlydir'))).toContain('appendonly.aof.manifest');
  });

  it('repairs an end that was cut off, after a copy, and tells it', async () => {
    await writtenAndStopped();
    const file = await incr();
    await truncate(file, (await stat(file)).size - 30);
    const redis = managed();
    const notice = vi.fn();
    redis.onNotice(notice);
    redis.start();
    await until(() => expect(redis.view().state).toBe('running'));
    expect(await (await client(redis)).dbsize()).toBeGreaterThanOrEqual(100);
    expect(notice).toHaveBeenCalledWith(expect.stringContaining('the damaged end of the append-only file'));
    expect(await readdir(join(dataDir, 'backup'))).toHaveLength(1);
  });

  it.each([
    ['its base is gone', '.base.rdb', (path: string) => rm(path)],
    ['its increment is gone', '.incr.aof', (path: string) => rm(path)],
    ['its manifest is empty', '.manifest', (path: string) => truncate(path, 0)],
    ['its base is damaged', '.base.rdb', (path: string) => writeFile(path, Buffer.alloc(200, 0x5a))],
  ])('R8: never begins with nothing when %s, tries no second time, and what is left stays', async (_what, ending, harm) => {
    await writtenAndStopped();
    const names = await readdir(aof());
    await harm(join(aof(), names.find((name) => name.endsWith(ending)) ?? ''));
    const left = await Promise.all((await readdir(aof())).map(async (name) => [name, (await readFile(join(aof(), name))).toString('hex')]));
    const redis = managed();
    redis.start();
    await until(() => expect(redis.view().state).toBe('failed'));
    expect(redis.view().detail).toMatch(/RECOVERY/);
    expect(redis.needsRecovery).toBe(true);
    const now = await Promise.all((await readdir(aof())).map(async (name) => [name, (await readFile(join(aof(), name))).toString('hex')]));
    expect(now).toEqual(left);
  });

  it('leaves a file damaged in its middle to a person, with one copy only', async () => {
    await writtenAndStopped();
    const file = await incr();
    const bytes = await readFile(file);
    bytes[bytes.indexOf('key20') - 4] = 0x5a;
    await writeFile(file, bytes);
    const redis = managed();
    redis.start();
    await until(() => expect(redis.view().state).toBe('failed'));
    expect(redis.view().detail).toMatch(/RECOVERY.*redis-check-aof/);
    expect(await readFile(file)).toEqual(bytes);
    redis.process.start('person');
    await until(() => expect(redis.view().state).toBe('failed'));
    expect(await readdir(join(dataDir, 'backup'))).toHaveLength(1);
  });
});

it('says in one sentence how to install Redis when there is none', async () => {
  const redis = managed({ configured: join(tmpdir(), 'no-such-redis') });
  redis.start();
  await until(() => expect(redis.view().state).toBe('failed'));
  expect(redis.view().detail).toContain('ROOST_REDIS_SERVER');
});
