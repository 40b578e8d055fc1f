import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { sleep, systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { notOnWindows } from '../../core/base/test-conditions.js';
import { realTimes } from '../../core/base/test-times.js';
import { connect, whenReady } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { createLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import { ManagedRedis } from './managed-redis.js';

/** 500 MB under `npm run test:faults`; a few keys that load slowly otherwise. */
const size = realTimes ? { rounds: 140, keysOfRound: 4_000, bytesOfKey: 1_000, delayUs: 0 } : { rounds: 1, keysOfRound: 600, bytesOfKey: 10, delayUs: 3_000 };
/** Would have it dead within a fraction of the time it loads. */
const tuning = { periodMs: 50, deadlineMs: 600, misses: 2 };

it.runIf(notOnWindows('a Redis that loads its data'))('R4: while it loads its data it is starting, not dead, and nobody kills it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'roost-loading-'));
  const server = join(dataDir, 'redis-server');
  const real = process.env['ROOST_REDIS_SERVER'] ?? 'redis-server';
  const slowly = size.delayUs === 0 ? '' : `--key-load-delay ${size.delayUs} --loading-process-events-interval-bytes 1024`;
  await writeFile(server, `#!/bin/sh\ncase "$1" in --*) exec "${real}" "$@";; esac\nexec "${real}" "$@" ${slowly}\n`);
  await chmod(server, 0o755);
  const launcher = createLauncher({ spawner: createNodeSpawner({ entryDir: dataDir }), dataDir, runId: 'run', clock: systemClock, log: silentLog });
  const managed = (change: { readonly tuning?: typeof tuning } = {}): ManagedRedis =>
    new ManagedRedis({
      launcher,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      dataDir,
      keys: keysFor('roost'),
      version: '1.0.0',
      locate: { platform: process.platform, configured: server, searchPath: (process.env['PATH'] ?? '').split(delimiter) },
      config: { appendfsync: 'everysec', maxMemory: 2 * 1024 ** 3 },
      ...change,
    });
  const first = managed();
  let second: ManagedRedis | undefined;
  try {
    first.start();
    await first.process.whenRunning(AbortSignal.timeout(60_000));
    const redis = connect(first.address(), 'blocking', 'test', silentLog);
    await whenReady(systemClock, redis, 30_000);
    // Pieces of chance: what repeats itself would be packed on its way to the disk.
    const noise = randomBytes(size.keysOfRound + size.bytesOfKey).toString('base64');
    const script = "for n = 1, tonumber(ARGV[2]) do redis.call('SET', ARGV[1] .. ':' .. n, string.sub(ARGV[4], n, n + ARGV[3] - 1)) end";
    for (let round = 0; round < size.rounds; round++) await redis.eval(script, 0, `k${round}`, size.keysOfRound, size.bytesOfKey, noise);
    redis.disconnect();
    await first.stop('the first run is over');
    const bytes = await sizeOf(join(dataDir, 'redis', 'appendonlydir'));

    const fromMs = systemClock.monoMs();
    second = managed({ tuning });
    const states = new Set<string>();
    second.process.onChange(({ kind }) => void states.add(kind));
    second.start();
    const running = second.process.whenRunning(AbortSignal.timeout(90_000));
    let up = false;
    // One that failed is told by the loop, with why.
    void running.then(
      () => {
        up = true;
      },
      () => undefined,
    );
    const pids = new Set<number>();
    while (!up) {
      const { state, pid, detail, lastExit } = second.view();
      if (pid !== null) pids.add(pid);
      expect(['starting', 'running'], JSON.stringify({ detail, lastExit })).toContain(state);
      await sleep(systemClock, 20);
    }
    await running;
    const loadedMs = systemClock.monoMs() - fromMs;
    process.stderr.write(`R4: ${Math.round(bytes / 1024 ** 2)} MB loaded in ${Math.round(loadedMs)} ms\n`);
    if (realTimes) expect(bytes).toBeGreaterThan(500 * 1024 ** 2);
    // Long enough for the watch to have given it up many times over.
    expect(loadedMs).toBeGreaterThan((tuning.periodMs + tuning.deadlineMs) * tuning.misses);
    expect([...states]).toEqual(['starting', 'running']);
    expect(pids.size).toBe(1);
    expect(second.view()).toMatchObject({ state: 'running', restarts: 0, lastExit: null });
    const after = connect(second.address(), 'calls', 'test', silentLog);
    await whenReady(systemClock, after, 30_000);
    expect(await after.dbsize()).toBeGreaterThanOrEqual(size.rounds * size.keysOfRound);
    after.disconnect();
  } finally {
    await first.stop('the test is over');
    await second?.stop('the test is over');
    await launcher.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

async function sizeOf(dir: string): Promise<number> {
  const sizes = await Promise.all((await readdir(dir)).map(async (name) => (await stat(join(dir, name))).size));
  return sizes.reduce((sum, one) => sum + one, 0);
}
