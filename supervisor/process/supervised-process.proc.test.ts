import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { notOnWindows } from '../../core/base/test-conditions.js';
import { faultTime, realTimes, roomy } from '../../core/base/test-times.js';
import { portOwner } from './port-owner.js';
import { defaultRestartLimits, type RestartLimits } from './restart-policy.js';
import { SupervisedProcess } from './supervised-process.js';
import { command, fixture, isAlive, lineMatching, openBench, type TestBench, until } from './test-children.js';
import type { Incarnation } from './types.js';
import { cpuPercent, sampleUsage } from './usage.js';

let bench: TestBench;
let open: SupervisedProcess[] = [];
beforeEach(async () => {
  bench = await openBench();
});
afterEach(async () => {
  await Promise.all(open.map((supervised) => supervised.retire('the test is over', { killAfterMs: 0 })));
  open = [];
  await bench.close();
});

const shortLimits = {
  ...defaultRestartLimits,
  backoff: { firstMs: 20, factor: 2, capMs: 200, jitter: 0.2 },
  burst: { starts: 5, windowMs: 10_000, probeMs: 1_000 },
};
const usual = realTimes ? defaultRestartLimits : shortLimits;

function supervise(
  argv: readonly [string, ...string[]],
  ready: (incarnation: Incarnation) => Promise<void> = (incarnation) => lineMatching(incarnation.log, /^ready$/).then(() => undefined),
  limits: RestartLimits = usual,
): SupervisedProcess {
  const supervised = new SupervisedProcess({
    name: 'child',
    kind: 'service',
    required: true,
    launcher: bench.launcher,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    limits,
    spec: { launch: () => command(argv), ready, startTimeoutMs: 30_000, ladder: { termAfterMs: 0, killAfterMs: faultTime(300, 5_000) } },
  });
  open.push(supervised);
  return supervised;
}

describe('a supervised real process', () => {
  it('P1: is ready again soon after a kill from outside', async () => {
    const supervised = supervise(fixture('ignore-term'));
    supervised.start();
    const first = await supervised.whenRunning();
    const beganMs = systemClock.monoMs();
    process.kill(first.pid ?? 0, 'SIGKILL');
    const second = await until(
      'the next life',
      () => (supervised.current !== first && supervised.status.kind === 'running' ? supervised.current : null),
      20_000,
    );
    expect(second.pid).not.toBe(first.pid);
    expect(systemClock.monoMs() - beganMs).toBeLessThan(roomy(5_000));
    expect(supervised.view()).toMatchObject({ restarts: 1, lastExit: { cause: 'signal', signal: 'SIGKILL' } });
  });

  it('P5: dying the same way at every start it is tried 3 times, rests, is tried once, and a click starts it at once', async () => {
    const burst = { ...usual.burst };
    const supervised = supervise(fixture('exit-with', '3', 'Error: no such model'), () => new Promise(() => undefined), { ...usual, burst });
    supervised.start();
    await until('quarantine', () => supervised.status.kind === 'quarantined', 30_000);
    expect(supervised.view()).toMatchObject({ incarnation: 3, restarts: 2, lastExit: { cause: 'crash', code: 3, lastLine: 'Error: no such model' } });
    expect(supervised.view().detail).toContain('crash, exit code 3, “Error: no such model”');
    expect(
      bench.launcher
        .logFor('child')
        .read(50)
        .filter(({ text }) => text === 'about to end').length,
    ).toBe(3);
    await until('the single try', () => supervised.view().incarnation === 4, faultTime(20_000, 310_000));
    // From here on no try of its own could be taken for the one that is asked for.
    burst.probeMs = 3_600_000;
    await until('quarantine again', () => supervised.status.kind === 'quarantined');
    supervised.restart('person', 'deliberate', 'asked by a person');
    await until('the start that was asked for', () => supervised.view().incarnation === 5);
  });

  it.each([
    ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', '134', 'out-of-memory'],
    ['openai.RateLimitError: Error code: 429', '1', 'rate-limit'],
    ['it goes on later', '75', 'rate-limit'],
    ['the setting is wrong', '78', 'config'],
    ['it just broke', '4', 'crash'],
  ] as const)('the end after "%s" with code %s is %s', async (line, code, cause) => {
    const exit = await bench.launcher.launch(command(fixture('exit-with', code, line)), 1).exited;
    expect(exit).toMatchObject({ cause, code: Number(code), lastLine: line });
  });

  it.runIf(notOnWindows('who holds a taken port'))('a taken port is named with who holds it', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)));
    const script = `require('node:http').createServer().listen(${port}, '127.0.0.1')`;
    const conflict = async () => {
      const exit = await bench.launcher.launch(command([process.execPath, '-e', script]), 1).exited;
      expect(exit.cause).toBe('port-conflict');
      return exit.message;
    };
    // Looking for the holder has a deadline of its own, which a loaded machine may miss.
    await vi.waitFor(async () => expect(await conflict()).toMatch(new RegExp(`^port ${port} is taken by Roost itself \\(pid ${process.pid}\\)`)), 30_000);
    await new Promise((resolve) => server.close(resolve));
  });

  it('P16: twenty clicks leave one process, and no two at a time', async () => {
    const supervised = supervise(fixture('ignore-term'));
    supervised.start();
    await supervised.whenRunning();
    for (let click = 0; click < 20; click++) {
      supervised.restart('person', 'deliberate', 'asked by a person');
      expect(bench.launcher.live.length).toBeLessThanOrEqual(1);
      await Promise.resolve();
    }
    await until('running again', () => supervised.status.kind === 'running', 20_000);
    expect(supervised.view()).toMatchObject({ incarnation: 2, manualRestarts: 1 });
  });

  it('stop leaves nothing behind', async () => {
    const supervised = supervise(fixture('ignore-term'));
    supervised.start();
    const { pid } = await supervised.whenRunning();
    await supervised.stop('asked by a person');
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(supervised.view()).toMatchObject({ state: 'stopped', pid: null, lastExit: { cause: 'deliberate' } });
  });
});

describe('usage and ports', () => {
  it.runIf(notOnWindows('the figures of a tree of processes'))('measures a tree, and says nothing about who is not there', async () => {
    const busy = bench.launcher.launch(command([process.execPath, '-e', 'for (;;) {}']), 1);
    const pid = busy.pid ?? 0;
    const first = (await sampleUsage([pid, 4_194_300])).get(pid);
    const beganMs = systemClock.monoMs();
    if (first === undefined) throw new Error('not measured');
    // It wants a whole processor and gets, on a crowded machine, a small part of one.
    const { second, later } = await vi.waitFor(
      async () => {
        const second = await sampleUsage([pid, 4_194_300]);
        const later = second.get(pid);
        if (later === undefined) throw new Error('not measured');
        expect(cpuPercent(first, later, 300)).toBeGreaterThan(5);
        return { second, later };
      },
      { timeout: 60_000 },
    );
    expect(cpuPercent(first, later, systemClock.monoMs() - beganMs)).toBeLessThan(200);
    expect(later.rssBytes).toBeGreaterThan(5 * 1024 ** 2);
    expect(later.rssBytes).toBeLessThan(1024 ** 3);
    expect(second.has(4_194_300)).toBe(false);
    const own = (await sampleUsage([process.pid])).get(process.pid);
    expect(own?.rssBytes ?? 0).toBeGreaterThan(process.memoryUsage.rss() * 0.5);
  });

  it.runIf(notOnWindows('who holds a port'))('names who holds a port', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)));
    // Looking for the holder has a deadline of its own, which a loaded machine may miss.
    await vi.waitFor(async () => expect((await portOwner(port))?.pid).toBe(process.pid), 30_000);
    await new Promise((resolve) => server.close(resolve));
    expect(await portOwner(port)).toBeNull();
  });
});
