import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { notOnWindows } from '../../core/base/test-conditions.js';
import { keysFor } from '../../core/redis/keys.js';
import { createLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import { ManagedRedis } from './managed-redis.js';
import { gateOf, packageOf, vouches } from './version-gate.js';

const debian = { name: 'redis-server', revision: '5:7.0.15-1~deb12u10' };

describe('R23: a server of our own with known holes', () => {
  it.each([
    ['fixed', '8.2.8', null, false, 'open', null],
    ['newer than the table', '9.0.0', null, false, 'open', null],
    ['without the fix that its line has', '8.2.1', null, false, 'shut', '8.2.8 and newer have them fixed'],
    ['of a line without releases', '7.0.15', null, false, 'shut', 'redis.allowOutdated: true'],
    ['Debian’s, with fixes of its own', '7.0.15', debian, false, 'open', 'redis-server 5:7.0.15-1~deb12u10'],
    ['as the operator wants it', '8.2.1', null, true, 'open', 'redis.allowOutdated says so'],
  ] as const)('%s: %s', (_what, version, pack, allowed, kind, words) => {
    const gate = gateOf({ product: 'redis', version, path: '/opt/redis-server', pack, allowed });
    expect(gate.kind).toBe(kind);
    const said = gate.kind === 'shut' ? gate.message : gate.note;
    if (words === null) expect(said).toBeNull();
    else expect(said).toContain(words);
    if (gate.kind === 'shut') expect(said).toContain('/opt/redis-server');
  });

  it.each([
    ['5:7.0.15-1~deb12u10', '7.0.15', true],
    ['7.0.15-1ubuntu0.24.04.2', '7.0.15', true],
    ['7.2.10-1.fc41', '7.2.10', true],
    ['8.1.1+dfsg1-3', '8.1.1', true],
    // Another one than the program that is to run.
    ['5:7.0.15-1~deb12u10', '7.0.1', false],
    ['5:7.0.15-1~deb12u10', '8.2.1', false],
    // The makers' own package is the bare release.
    ['6:7.4.5-1rl1~bookworm1', '7.4.5', false],
    ['package redis is not installed', '7.0.15', false],
    ['', '7.0.15', false],
  ])('the package %j answers for %s: %s', (revision, version, answer) => expect(vouches(revision, version)).toBe(answer));

  it('asks every package manager that is there about every name', async () => {
    const asked: string[] = [];
    const run = async (file: string, args: readonly string[]): Promise<string | null> => {
      asked.push(`${file} ${args.at(-1)}`);
      return file === 'rpm' && args.at(-1) === 'valkey' ? '8.0.3-2.el10\n' : null;
    };
    expect(await packageOf('valkey', '8.0.3', run)).toEqual({ name: 'valkey', revision: '8.0.3-2.el10' });
    expect(asked).toEqual(['dpkg-query valkey-server', 'dpkg-query valkey-tools', 'dpkg-query valkey', 'rpm valkey-server', 'rpm valkey-tools', 'rpm valkey']);
    expect(await packageOf('valkey', '8.0.4', async () => null)).toBeNull();
  });
});

describe.runIf(notOnWindows('the gate for releases of Redis'))('R23: at the start', () => {
  let dataDir: string;
  let redis: ManagedRedis | undefined;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'roost-gate-'));
  });
  afterEach(async () => {
    await redis?.stop('the test is over');
    await rm(dataDir, { recursive: true, force: true });
  });

  /** The real server, which says that it is another release. */
  async function start(allowOutdated: boolean): Promise<ManagedRedis> {
    const configured = join(dataDir, 'redis-server');
    const real = process.env['ROOST_REDIS_SERVER'] ?? 'redis-server';
    await writeFile(configured, `#!/bin/sh\ncase "$1" in --version) echo "Redis server v=8.2.1 sha=00000000:0 build=1"; exit;; esac\nexec "${real}" "$@"\n`);
    await chmod(configured, 0o755);
    const launcher = createLauncher({ spawner: createNodeSpawner({ entryDir: dataDir }), dataDir, runId: 'r', clock: systemClock, log: silentLog });
    redis = new ManagedRedis({
      launcher,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      dataDir,
      keys: keysFor('roost'),
      version: '1.0.0',
      locate: { platform: process.platform, configured, searchPath: [] },
      config: { appendfsync: 'everysec', maxMemory: 64 * 1024 ** 2, allowOutdated },
    });
    redis.start();
    return redis;
  }

  it('it is refused in one sentence, without a second try, and nothing is started', async () => {
    const redis = await start(false);
    await expect(redis.process.whenRunning(AbortSignal.timeout(60_000))).rejects.toThrow(/is not started: Redis 8\.2\.1 has known holes/);
    expect(redis.view()).toMatchObject({ state: 'failed', pid: null, restarts: 0, lastExit: { cause: 'config' } });
  });

  it('it runs where the operator allows it, and that is told', async () => {
    const redis = await start(true);
    await redis.process.whenRunning(AbortSignal.timeout(60_000));
    expect(redis.view()).toMatchObject({ state: 'running', restarts: 0 });
    expect(redis.versionNote).toContain('redis.allowOutdated says so');
  });
});
