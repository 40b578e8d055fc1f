import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { configSchema } from '../../contract/config.js';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { faultTime } from '../../core/base/test-times.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis } from '../../core/redis/test-redis.js';
import { createLauncher } from '../../supervisor/process/launcher.js';
import { createNodeSpawner } from '../../supervisor/process/node-spawner.js';
import { RestartBudget } from '../../supervisor/process/restart-budget.js';
import { QueueRegistry } from '../../supervisor/queues/queue-registry.js';
import { ExternalRedis } from '../../supervisor/redis/external-redis.js';
import { WorkerFleet } from '../../supervisor/workers/worker-fleet.js';
import { root } from '../support/host.js';
import { until } from '../support/processes.js';

const canary = { periodMs: faultTime(600, 20_000), timeoutMs: faultTime(400, 5_000) };
/** Three rounds, and for the product's own times what is promised. */
const rebuiltWithinMs = faultTime(40_000, 90_000);

test('J19: a worker that lives and beats but fetches nothing is found by its canaries and rebuilt; its jobs are done', async () => {
  test.setTimeout(180_000);
  const dataDir = mkdtempSync(join(tmpdir(), 'roost-canary-'));
  const server = await startTestRedis();
  const keys = keysFor('roost');
  const base = { clock: systemClock, random: systemRandom, log: silentLog, keys, node: 'n1' };
  const parsed = configSchema.parse({ workers: { jobs: { queues: ['maintenance'], concurrency: 2 } } });
  // A worker for the other queues is added to every config; here one is enough.
  const config = { ...parsed, workers: { jobs: parsed.workers['jobs'] as NonNullable<(typeof parsed.workers)[string]> } };
  const launcher = createLauncher({ ...base, spawner: createNodeSpawner({ entryDir: join(root, 'dist', 'main') }), dataDir, runId: `canary-${process.pid}` });
  const redis = new ExternalRedis({ url: (server.address as { path: string }).path, clock: systemClock, log: silentLog, keys, version: '1.0.0' });
  const registry = new QueueRegistry({ ...base, queues: () => ['maintenance'], address: () => server.address });
  const ran: string[] = [];
  const fleet = new WorkerFleet({
    ...base,
    config,
    launcher,
    redis,
    budget: new RestartBudget(),
    canary,
    desk: () => ({ registry, connection: registry.redis, requeue: () => Promise.resolve() }),
    calls: {
      deliver: () => Promise.reject(new Error('no turns here')),
      onTurn: () => undefined,
      handlers: {
        run: (_owner, { jobId }) => {
          ran.push(jobId);
          return { outcome: Promise.resolve({ kind: 'done', result: null }), stop: () => undefined };
        },
        endOf: () => Promise.resolve(),
      },
    },
  });
  try {
    redis.start();
    await until('Redis', () => redis.view().state === 'running');
    await registry.open();
    fleet.start();
    await until('the worker', () => fleet.allRunning);
    const askedAtMs = Date.now();
    fleet.prove();
    await until('the first proof', () => fleet.allProved);

    const [host] = fleet.hosts;
    const fromMs = performance.now();
    // Past the fleet, which would excuse it: its loop stands still and nobody asked for that.
    host?.tell({ type: 'rest', on: true });
    await registry.addJob('maintenance', 'command', { argv: ['true'] }, { jobId: 'waits' });
    await until('the fresh worker', () => host?.process.view().incarnation === 2 && fleet.allRunning, rebuiltWithinMs);
    const rebuiltMs = performance.now() - fromMs;
    console.log(`J19: rebuilt after ${Math.round(rebuiltMs)} ms`);
    expect(rebuiltMs).toBeGreaterThan((canary.periodMs + canary.timeoutMs) * 2);
    const exit = host?.process.view().lastExit;
    expect(exit).toMatchObject({ cause: 'stalled', message: expect.stringContaining('fetches no jobs of maintenance: three canary jobs went unanswered') });
    // It is known to be useless since its last proof, which three rounds went by without.
    expect(exit?.lastSignAtMs).toBeGreaterThanOrEqual(askedAtMs);
    expect((exit?.atMs ?? 0) - (exit?.lastSignAtMs ?? 0)).toBeGreaterThan(canary.periodMs * 2);
    await until('the proof of the fresh one', () => fleet.allProved);
    await until('the job that waited', () => ran.includes('waits'));
    expect(host?.process.view()).toMatchObject({ incarnation: 2, restarts: 1, restartsByCause: { stalled: 1 } });
  } finally {
    await fleet.drain(1_000, AbortSignal.abort());
    await fleet.stop('the test is over');
    await registry.close();
    await redis.stop('the test is over');
    await launcher.close();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
