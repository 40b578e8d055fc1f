import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { sleep, systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { faultTime } from '../../core/base/test-times.js';
import { openBench, type TestBench, until } from '../process/test-children.js';
import { WorkerHost } from './worker-host.js';

/** The product's 30 s, as a rule shortened for all clocks alike. */
const limitMs = faultTime(1_000, 30_000);
let bench: TestBench;
let host: WorkerHost;
let redisServes: boolean;

beforeEach(async () => {
  bench = await openBench();
  redisServes = true;
});
afterEach(async () => {
  await host.stop('the test is over');
  await bench.close();
});

/** A worker that goes wrong in its first life as `way` says. */
async function open(way: string): Promise<number> {
  host = new WorkerHost({
    name: 'worker-turns',
    queues: ['turns'],
    slots: () => 10,
    launcher: bench.launcher,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    startMessage: (incarnation) => ({
      type: 'start',
      incarnation,
      worker: way,
      node: 'n1',
      prefix: 'test',
      redis: { host: '127.0.0.1', port: 1 },
      queues: ['turns'],
      concurrency: 10,
      coordinator: configSchema.parse({}).coordinator,
      // The stand-in worker keeps its rhythm by it.
      turnDeadlineMs: limitMs,
    }),
    limits: () => ({ recycleAfterJobs: 0, memory: 2 ** 40 }),
    calls: {
      deliver: () => Promise.reject(new Error('nothing is delivered here')),
      onTurn: () => undefined,
      handlers: { run: () => ({ outcome: Promise.resolve({ kind: 'handed-back' }), stop: () => undefined }), endOf: () => Promise.resolve() },
    },
    recover: () => Promise.resolve(),
    redisServes: () => redisServes,
    untilRedisServes: () => Promise.resolve(),
    silenceLimitMs: limitMs,
    progressLimitMs: limitMs,
    lookEveryMs: faultTime(50, 1_000),
  });
  host.start();
  await host.process.whenRunning();
  return systemClock.monoMs();
}

const log = (): string[] =>
  bench.launcher
    .logFor('worker-turns')
    .read(200)
    .map(({ text }) => text);
const exit = () => host.process.view().lastExit;

/** The verdict came in time, the replacement runs, and the time between is told. */
async function replaced(sinceMs: number): Promise<void> {
  await until('the verdict', () => exit() !== null || host.process.status.kind === 'stopping', limitMs * faultTime(4, 4 / 3));
  expect(systemClock.monoMs() - sinceMs).toBeGreaterThan(limitMs * 0.9);
  await until('the replacement', () => host.process.status.kind === 'running' && host.process.view().incarnation === 2, faultTime(15_000, 20_000));
  expect(systemClock.monoMs() - sinceMs).toBeLessThan(limitMs * 16);
  expect(exit()?.cause).toBe('stalled');
  // It is known to have stood still since its last sign, not since the verdict.
  const { lastSignAtMs = 0, detectedAtMs = 0 } = exit() ?? {};
  expect(detectedAtMs - lastSignAtMs).toBeGreaterThan(limitMs * 0.9);
  expect(Math.abs(lastSignAtMs - (systemClock.wallMs() - systemClock.monoMs() + sinceMs))).toBeLessThan(limitMs * 1.5);
}

describe('a worker that is alive but', () => {
  it.skipIf(process.platform === 'win32')('S1: is stopped: found by its silence, ended by force, replaced, with the state the kernel saw', async () => {
    await open('moves');
    await until('a beat', () => host.beat);
    process.kill(host.process.current?.pid ?? 0, 'SIGSTOP');
    await replaced(systemClock.monoMs());
    expect(exit()).toMatchObject({
      signal: 'SIGKILL',
      message: expect.stringMatching(/no beat for \d+ s; it held turn t1 of turns; its event loop gave no answer/),
    });
    if (process.platform === 'linux') {
      expect(exit()?.message).toContain('stopped by a signal');
      expect(log().some((line) => line.startsWith('evidence: kernel state T (stopped)'))).toBe(true);
    }
  });

  it('S2: loops without an end: found by its silence, and the busy processor is told', async () => {
    await replaced(await open('loops'));
    expect(exit()?.message).toContain('no beat for');
    if (process.platform === 'linux') expect(exit()?.message).toMatch(/keeps a processor busy \(\d+ %\)/);
  });

  it('S3: beats without progress: found by the other clock, the job is named, and it is asked what it does', async () => {
    await replaced(await open('hangs'));
    expect(exit()?.message).toMatch(/^it beats but made no progress for \d+ s in turn t1 of turns; its event loop turns$/);
    expect(log()).toContain('evidence: holds turn t1 of turns');
  });

  it('S3: lets one of its jobs hang while others move', async () => {
    await replaced(await open('one-hangs'));
    expect(exit()?.message).toContain('in turn t1 of turns');
  });

  it('S6: is kept fresh only by words of the life before', async () => {
    await replaced(await open('old-news'));
    expect(exit()?.message).toContain('no beat for');
    await until('a beat of its own', () => host.beat);
    expect(host.view().statusAgeMs).toBeLessThan(limitMs);
  });
});

describe('a worker that works', () => {
  async function stays(ms: number): Promise<void> {
    const end = systemClock.monoMs() + ms;
    while (systemClock.monoMs() < end) {
      expect(host.process.view()).toMatchObject({ state: 'running', incarnation: 1, restarts: 0 });
      await sleep(systemClock, 100);
    }
  }

  it('S5: is left alone however irregularly it beats', async () => {
    await open('jitters');
    await stays(limitMs * 2);
  });

  it('S4: is left alone while it waits as long as it announced', async () => {
    await open('announces');
    await stays(limitMs * 3);
  });

  it('is left alone while Redis is away, and gets a full limit when it is back', async () => {
    await open('hangs');
    redisServes = false;
    await stays(limitMs * 2);
    redisServes = true;
    await stays(limitMs * 0.5);
    await replaced(systemClock.monoMs() - limitMs);
  });

  it('gets a full limit when the machine wakes up', async () => {
    await open('hangs');
    for (let round = 0; round < 4; round++) {
      await stays(limitMs * 0.6);
      host.grantFreshLimit();
    }
    expect(exit()).toBeNull();
  });
});
