import { afterEach, beforeEach, expect, it } from 'vitest';
import { isAlive, openBench, type TestBench, until } from '../process/test-children.js';
import { standInHost } from './test-worker-host.js';
import type { WorkerHost } from './worker-host.js';

let bench: TestBench;
let host: WorkerHost;
let recovered: string[][];

beforeEach(async () => {
  bench = await openBench();
  recovered = [];
});
afterEach(async () => {
  await host.stop('the test is over');
  await bench.close();
});

async function open(way: string, limits: { readonly recycleAfterJobs: number; readonly memory: number }): Promise<number> {
  host = standInHost(
    { bench, way, queue: 'analysis', slots: 2, turnDeadlineMs: 400 },
    {
      limits: () => limits,
      recover: async (marks) => void recovered.push([...marks]),
      startTimeoutMs: way === 'barren' ? 5_000 : 30_000,
      lookEveryMs: 50,
      leastLifeMs: 0,
    },
  );
  host.start();
  return (await host.process.whenRunning()).pid ?? 0;
}

it.each([
  ['ran its share of jobs', 'works', { recycleAfterJobs: 5, memory: 2 ** 40 }, /^it ran \d+ jobs$/],
  ['uses too much memory', 'bloats', { recycleAfterJobs: 0, memory: 2 ** 30 }, /^it uses 2048 MB of 1024 MB$/],
] as const)('a worker that %s is followed by a fresh one, without a moment without any', async (_what, way, limits, why) => {
  const first = await open(way, limits);
  const seen = new Set<string>();
  host.process.onChange(({ kind }) => void seen.add(kind));
  await until('the fresh one', () => host.process.view().incarnation === 2);
  expect(host.process.view()).toMatchObject({
    state: 'running',
    restarts: 1,
    restartsByCause: { recycled: 1 },
    lastExit: { cause: 'recycled', message: expect.stringMatching(why) },
  });
  await until('the end of the old one', () => !isAlive(first));
  expect([...seen]).toEqual(['running']);
  // What it may have left in hand was asked for once it was gone.
  await until('the recovery', () => recovered.length > 0);
});

it('stays while its successor does not get ready', async () => {
  const first = await open('barren', { recycleAfterJobs: 0, memory: 2 ** 40 });
  expect(await host.renew('a person asked')).toBe(false);
  expect(host.process.view()).toMatchObject({ state: 'running', incarnation: 1, restarts: 0, pid: first });
  expect(host.lives).toHaveLength(1);
});

it('is renewed once, however often that is asked for at a time', async () => {
  await open('works', { recycleAfterJobs: 0, memory: 2 ** 40 });
  expect(await Promise.all([host.renew('one'), host.renew('two'), host.renew('three')])).toEqual([true, false, false]);
  expect(host.process.view()).toMatchObject({ incarnation: 2, restarts: 1 });
});

it('leaves nobody behind when it is stopped while a fresh one takes over', async () => {
  const first = await open('barren', { recycleAfterJobs: 0, memory: 2 ** 40 });
  const renewing = host.renew('a person asked');
  const second = await until('the successor', () => host.lives.find(({ pid }) => pid !== null && pid !== first)?.pid);
  await host.stop('Roost is stopping');
  expect([isAlive(first), isAlive(second)]).toEqual([false, false]);
  expect(await renewing).toBe(false);
});
