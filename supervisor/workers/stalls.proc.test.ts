import { describe, expect, it, type TestContext } from 'vitest';
import { sleep, systemClock } from '../../core/base/clock.js';
import { notOnWindows } from '../../core/base/test-conditions.js';
import { faultTime } from '../../core/base/test-times.js';
import { openBench, until } from '../process/test-children.js';
import { standInHost } from './test-worker-host.js';

/** The product's 30 s, as a rule shortened for all clocks alike; long enough that a child which is left waiting for a processor is not taken for one that stands still. */
const limitMs = faultTime(2_500, 30_000);

/** A worker that goes wrong in its first life as `way` says. */
async function open(way: string, { onTestFinished }: TestContext) {
  const bench = await openBench();
  const redis = { serves: true };
  const host = standInHost(
    { bench, way, queue: 'turns', slots: 10, turnDeadlineMs: limitMs },
    { redisServes: () => redis.serves, silenceLimitMs: limitMs, progressLimitMs: limitMs, lookEveryMs: faultTime(50, 1_000) },
  );
  onTestFinished(async () => {
    await host.stop('the test is over');
    await bench.close();
  });
  host.start();
  await host.process.whenRunning();
  const sinceMs = systemClock.monoMs();
  const log = (): string[] =>
    bench.launcher
      .logFor('worker-turns')
      .read(200)
      .map(({ text }) => text);
  const exit = () => host.process.view().lastExit;

  /** The verdict came in time, the replacement runs, and the time between is told. */
  async function replaced(fromMs = sinceMs): Promise<void> {
    await until('the verdict', () => exit() !== null || host.process.status.kind === 'stopping', limitMs * faultTime(8, 4 / 3));
    await until('the replacement', () => host.process.status.kind === 'running' && host.process.view().incarnation === 2, 20_000);
    expect(systemClock.monoMs() - fromMs).toBeLessThan(limitMs * 16);
    expect(exit()?.cause).toBe('stalled');
    // It is known to have stood still since its last sign, not since the verdict.
    const { lastSignAtMs = 0, detectedAtMs = 0 } = exit() ?? {};
    expect(detectedAtMs - lastSignAtMs).toBeGreaterThan(limitMs * 0.9);
    expect(Math.abs(lastSignAtMs - (systemClock.wallMs() - systemClock.monoMs() + fromMs))).toBeLessThan(limitMs * 1.5);
  }

  async function stays(ms: number): Promise<void> {
    const end = systemClock.monoMs() + ms;
    while (systemClock.monoMs() < end) {
      expect(host.process.view()).toMatchObject({ state: 'running', incarnation: 1, restarts: 0 });
      await sleep(systemClock, 50);
    }
  }
  return { host, redis, log, exit, replaced, stays };
}

// Each has processes of its own and waits most of the time: side by side they take as long as the longest.
describe.concurrent('a worker that is alive but', () => {
  it.runIf(notOnWindows('a stopped worker'))(
    'S1: is stopped: found by its silence, ended by force, replaced, with the state the kernel saw',
    async (context) => {
      const { host, log, exit, replaced } = await open('moves', context);
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
    },
  );

  it('S2: loops without an end: found by its silence, and the busy processor is told', async (context) => {
    const { exit, replaced } = await open('loops', context);
    await replaced();
    expect(exit()?.message).toContain('no beat for');
    if (process.platform === 'linux') expect(exit()?.message).toMatch(/keeps a processor busy \(\d+ %\)/);
  });

  it('S3: beats without progress: found by the other clock, the job is named, and it is asked what it does', async (context) => {
    const { log, exit, replaced } = await open('hangs', context);
    await replaced();
    expect(exit()?.message).toMatch(/^it beats but made no progress for \d+ s in turn t1 of turns; its event loop turns$/);
    expect(log()).toContain('evidence: holds turn t1 of turns');
  });

  it('S3: lets one of its jobs hang while others move', async (context) => {
    const { exit, replaced } = await open('one-hangs', context);
    await replaced();
    expect(exit()?.message).toContain('in turn t1 of turns');
  });

  it('S6: is kept fresh only by words of the life before', async (context) => {
    const { host, exit, replaced } = await open('old-news', context);
    await replaced();
    expect(exit()?.message).toContain('no beat for');
    await until('a beat of its own', () => host.beat);
    expect(host.view().statusAgeMs).toBeLessThan(limitMs);
  });
});

describe.concurrent('a worker that works', () => {
  it('S5: is left alone however irregularly it beats', async (context) => {
    const { stays } = await open('jitters', context);
    await stays(limitMs * 2);
  });

  it('S4: is left alone while it waits as long as it announced', async (context) => {
    const { stays } = await open('announces', context);
    await stays(limitMs * 3);
  });

  it('is left alone while Redis is away, and gets a full limit when it is back', async (context) => {
    const { redis, stays, replaced } = await open('hangs', context);
    redis.serves = false;
    await stays(limitMs * 2);
    redis.serves = true;
    await stays(limitMs * 0.5);
    await replaced(systemClock.monoMs() - limitMs);
  });

  it('gets a full limit when the machine wakes up', async (context) => {
    const { host, exit, stays } = await open('hangs', context);
    for (let round = 0; round < 3; round++) {
      await stays(limitMs * 0.5);
      host.grantFreshLimit();
    }
    expect(exit()).toBeNull();
  });
});
