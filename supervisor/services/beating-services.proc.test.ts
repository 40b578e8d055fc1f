import { describe, expect, it, type TestContext } from 'vitest';
import { sleep, systemClock } from '../../core/base/clock.js';
import { notOnWindows } from '../../core/base/test-conditions.js';
import { faultTime } from '../../core/base/test-times.js';
import { fixture, openBench, until } from '../process/test-children.js';
import { openServices, type ServiceInput, viewOf } from './test-services.js';

/** Long enough that a child which is left waiting for a processor is not taken for one that stands still. */
const limitMs = faultTime(2_500, 30_000);
const limit = `${limitMs}ms`;

/** One service that beats and goes wrong as `way` says, once it is ready. */
async function open(way: string, { onTestFinished }: TestContext, more: ServiceInput[string] | object = {}) {
  const bench = await openBench();
  const command = [...fixture('beats', way, String(limitMs))];
  const services = openServices(bench, {
    a: { command, ready: { message: true }, alive: { message: { silence: limit, progress: limit } }, ...more } as ServiceInput[string],
  });
  onTestFinished(async () => {
    await services.stop('the test is over', 0);
    await bench.close();
  });
  services.start();
  const view = () => viewOf(services, 'a');
  const pid = await until('ready', () => view().state === 'running' && view().pid);
  const log = (): string[] =>
    bench.launcher
      .logFor('a')
      .read(5_000)
      .map(({ text }) => text);
  const dropped = (): number => bench.launcher.logFor('a').dropped;

  async function replaced(): Promise<void> {
    await until('the verdict', () => view().lastExit?.cause === 'stalled', limitMs * 2 + 20_000);
    const { lastSignAtMs = 0, detectedAtMs = 0 } = view().lastExit ?? {};
    expect(detectedAtMs - lastSignAtMs).toBeGreaterThan(limitMs * 0.9);
    await until('the replacement', () => view().state === 'running' && view().pid !== pid, 20_000);
    expect(view().restarts).toBe(1);
  }

  async function stays(ms: number): Promise<void> {
    for (const end = systemClock.monoMs() + ms; systemClock.monoMs() < end; await sleep(systemClock, 50))
      expect(view()).toMatchObject({ state: 'running', pid, restarts: 0 });
  }
  return { services, pid, view, log, dropped, replaced, stays };
}

// Each has processes of its own and waits most of the time: side by side they take as long as the longest.
describe.concurrent('a service that beats but', () => {
  it.runIf(notOnWindows('a stopped service'))('S1: is stopped: found by its silence, with what the kernel saw', async (context) => {
    const { pid, view, log, replaced } = await open('moves', context);
    await until('a beat', () => view().statusAgeMs !== null);
    process.kill(pid, 'SIGSTOP');
    await replaced();
    expect(view().lastExit?.message).toMatch(/^no beat for \d+ s; it held job \d+; /);
    if (process.platform === 'linux') expect(view().lastExit?.message).toContain('stopped by a signal');
    expect(log().some((line) => line.startsWith('evidence: '))).toBe(true);
  });

  it('S2: loops without an end', async (context) => {
    const { view, replaced } = await open('loops', context);
    await replaced();
    if (process.platform === 'linux') expect(view().lastExit?.message).toMatch(/keeps a processor busy/);
  });

  it('S3: makes no progress: found by the other clock, its job named', async (context) => {
    const { view, replaced } = await open('still', context);
    await replaced();
    expect(view().lastExit?.message).toMatch(/^it beats but made no progress for \d+ s in job 7; /);
  });

  it('never says a word', async (context) => {
    const { view, replaced } = await open('mute', context);
    await replaced();
    expect(view().lastExit?.message).toContain('it never beat');
  });

  it.runIf(notOnWindows('a signal that asks a service where it stands'))('hangs is told to write where it stands before it is ended', async (context) => {
    const { log, replaced } = await open('still', context, { alive: { message: { silence: limit, progress: limit }, dump: 'SIGUSR1' } });
    await replaced();
    const lines = log();
    expect(lines.indexOf('I stand in line 42')).toBeGreaterThan(lines.findIndex((line) => line.startsWith('seems to hang')));
    expect(lines.findIndex((line) => line.startsWith('asked to end (stalled)'))).toBeGreaterThan(lines.indexOf('I stand in line 42'));
  });
});

describe.concurrent('a service that works', () => {
  it.for(['moves', 'idle', 'announces'])('is left alone: %s', async (way, context) => {
    const { stays } = await open(way, context);
    await stays(limitMs * 2.2);
  });

  it('gets a full limit when the machine wakes up', async (context) => {
    const { services, view, stays } = await open('mute', context);
    for (let round = 0; round < 3; round++) {
      await stays(limitMs * 0.5);
      services.grantFreshLimit();
    }
    expect(view().lastExit).toBeNull();
  });

  it('S16: may beat as often as it likes: no beat is kept as log, and it costs no line of the log', async (context) => {
    const { view, log, dropped, stays } = await open('storms', context);
    await stays(1_000);
    expect(log().filter((line) => line.includes('roost'))).toEqual(['{"roost":"ready"}']);
    expect(log()).toContain('log before');
    expect(dropped()).toBe(0);
    // The storm has its turn to be read after the life was seen to run.
    await until('a beat', () => (view().statusAgeMs ?? Number.POSITIVE_INFINITY) < limitMs);
  });
});
