import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../core/base/clock.js';
import { faultTime } from '../../core/base/test-times.js';
import { fixture, openBench, type TestBench, until } from '../process/test-children.js';
import type { Services } from './services.js';
import { openServices, type ServiceInput, viewOf } from './test-services.js';

const limitMs = faultTime(1_000, 30_000);
const limit = `${limitMs / 1_000}s`;
let bench: TestBench;
let services: Services;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(async () => {
  await services.stop('the test is over', 0);
  await bench.close();
});

async function open(way: string, more: ServiceInput[string] | object = {}): Promise<number> {
  const command = [...fixture('beats', way, String(limitMs))];
  services = openServices(bench, {
    a: { command, ready: { message: true }, alive: { message: { silence: limit, progress: limit } }, ...more } as ServiceInput[string],
  });
  services.start();
  return until('ready', () => view().state === 'running' && view().pid);
}

const view = () => viewOf(services, 'a');
const log = (): string[] =>
  bench.launcher
    .logFor('a')
    .read(5_000)
    .map(({ text }) => text);

async function replaced(pid: number): Promise<void> {
  const beganMs = systemClock.monoMs();
  await until('the verdict', () => view().lastExit?.cause === 'stalled', limitMs * 2 + 10_000);
  expect(systemClock.monoMs() - beganMs).toBeGreaterThan(limitMs * 0.5);
  await until('the replacement', () => view().state === 'running' && view().pid !== pid, 15_000);
  expect(view().restarts).toBe(1);
}

async function stays(ms: number): Promise<void> {
  const { pid } = view();
  for (const end = systemClock.monoMs() + ms; systemClock.monoMs() < end; await sleep(systemClock, 100))
    expect(view()).toMatchObject({ state: 'running', pid, restarts: 0 });
}

describe('a service that beats but', () => {
  it.skipIf(process.platform === 'win32')('S1: is stopped: found by its silence, with what the kernel saw', async () => {
    const pid = await open('moves');
    await until('a beat', () => view().statusAgeMs !== null);
    process.kill(pid, 'SIGSTOP');
    await replaced(pid);
    expect(view().lastExit?.message).toMatch(/^no beat for \d+ s; it held job \d+; /);
    if (process.platform === 'linux') expect(view().lastExit?.message).toContain('stopped by a signal');
    expect(log().some((line) => line.startsWith('evidence: '))).toBe(true);
  });

  it('S2: loops without an end', async () => {
    await replaced(await open('loops'));
    if (process.platform === 'linux') expect(view().lastExit?.message).toMatch(/keeps a processor busy/);
  });

  it('S3: makes no progress: found by the other clock, its job named', async () => {
    await replaced(await open('still'));
    expect(view().lastExit?.message).toMatch(/^it beats but made no progress for \d+ s in job 7; /);
  });

  it('never says a word', async () => {
    await replaced(await open('mute'));
    expect(view().lastExit?.message).toContain('it never beat');
  });

  it.skipIf(process.platform === 'win32')('hangs is told to write where it stands before it is ended', async () => {
    const pid = await open('still', { alive: { message: { silence: limit, progress: limit }, dump: 'SIGUSR1' } });
    await replaced(pid);
    const lines = log();
    expect(lines.indexOf('I stand in line 42')).toBeGreaterThan(lines.findIndex((line) => line.startsWith('seems to hang')));
    expect(lines.findIndex((line) => line.startsWith('asked to end (stalled)'))).toBeGreaterThan(lines.indexOf('I stand in line 42'));
  });
});

describe('a service that works', () => {
  it.each(['moves', 'idle', 'announces'])('is left alone: %s', async (way) => {
    await open(way);
    await stays(limitMs * 2.2);
  });

  it('gets a full limit when the machine wakes up', async () => {
    await open('mute');
    for (let round = 0; round < 4; round++) {
      await stays(limitMs * 0.6);
      services.grantFreshLimit();
    }
    expect(view().lastExit).toBeNull();
  });

  it('S16: may beat as often as it likes: no beat is kept as log, and it costs no line of the log', async () => {
    await open('storms');
    await stays(1_000);
    expect(log().filter((line) => line.includes('roost'))).toEqual(['{"roost":"ready"}']);
    expect(log()).toContain('log before');
    expect(bench.launcher.logFor('a').dropped).toBe(0);
    expect(view().statusAgeMs).toBeLessThan(limitMs);
  });
});
