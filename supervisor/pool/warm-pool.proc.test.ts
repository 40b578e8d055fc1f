import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { roomy } from '../../core/base/test-times.js';
import { createLauncher, type ProcessLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import type { Agent } from './agent.js';
import { pidAlive } from './pid-alive.js';
import { WarmPool } from './warm-pool.js';

const fixture = (name: string): string[] => [process.execPath, new URL(`../../e2e/fixtures/agents/${name}.mjs`, import.meta.url).pathname];
const listener = { onOutput: () => undefined, onNote: () => undefined };
const prompt = (text: string, arm = 'npc') => ({ turnId: 't1', arm, text });

let dataDir: string;
let launcher: ProcessLauncher;
let pool: WarmPool;

async function open(size = 2): Promise<void> {
  const config = configSchema.parse({
    templates: {
      good: { command: fixture('good') },
      silent: { command: fixture('never-ready'), initTimeout: '300ms' },
      dies: { command: fixture('dies-mid-turn') },
      garbage: { command: fixture('garbage') },
      deaf: { command: fixture('ignores-sigterm') },
      missing: { command: ['/nowhere/at/all'] },
    },
    pool: { template: 'good', size },
  });
  launcher = createLauncher({
    spawner: createNodeSpawner({ entryDir: dataDir }),
    dataDir,
    runId: `test-${process.pid}-${Math.round(performance.now())}`,
    clock: systemClock,
    log: silentLog,
  });
  pool = new WarmPool({
    launcher,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    config,
    agentSetup: () => ({ knowledge: [], files: [], providers: [] }),
    dataDir,
  });
  await pool.start();
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'roost-pool-'));
});
afterEach(async () => {
  await pool.stop();
  expect(launcher.live).toEqual([]);
  await launcher.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function until(what: string, check: () => boolean | Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise<void>((resolve) => systemClock.after(10, resolve));
  }
}

const take = (template: string): Promise<Agent> => pool.spawnFor(template);

describe('WarmPool with real processes', () => {
  it('warms agents, hands one out, and it answers a turn in the mode of its arm', async () => {
    await open();
    await until('two warm agents', () => pool.view(0).ready === 2);
    const agent = pool.acquire('good') as Agent;
    expect(await agent.prompt(prompt('hello', 'tools'), listener)).toEqual({ text: 'echo hello', stopReason: 'end_turn', provider: null });
    const waiting = agent.prompt(prompt('wait'), listener);
    let stopReason: string | undefined;
    void waiting.then((result) => {
      stopReason = result.stopReason;
    });
    await until('cancelled', () => {
      agent.cancel();
      return stopReason === 'cancelled';
    });
    await until('refilled', () => pool.view(0).ready === 2);
    await pool.release(agent);
    expect(pidAlive(agent.pid as number)).toBe(false);
    // An empty workspace goes with its agent.
    await until('workspace gone', async () => !(await readdir(join(dataDir, 'workspaces'))).includes(agent.name));
  });

  it('replaces idle agents killed with SIGKILL and never hands one of them out', async () => {
    await open(3);
    await until('three warm agents', () => pool.view(0).ready === 3);
    const victims = pool.view(0).slots.map(({ pid }) => pid as number);
    for (const pid of victims) process.kill(pid, 'SIGKILL');
    // The kernel has killed them; the exit events are still to come.
    await until('dead', () => !victims.some(pidAlive));
    const agent = pool.acquire('good');
    expect(agent === undefined || !victims.includes(agent.pid as number)).toBe(true);
    await until('replaced', () => pool.view(0).ready === 3, roomy(10_000));
    expect(pool.view(0).slots.some(({ pid }) => victims.includes(pid as number))).toBe(false);
    expect(pool.view(0).stats.died).toBe(3);
  });

  it('gives up on an agent that never answers, and on a program that is not there, with the reason', async () => {
    await open(0);
    await expect(take('silent')).rejects.toMatchObject({ code: 'spawn-failed', message: expect.stringContaining('not ready within 300 ms') });
    await expect(take('missing')).rejects.toMatchObject({ code: 'spawn-failed' });
    expect(pool.trouble('missing')?.message).toContain('/nowhere/at/all');
    expect(pool.trouble('good')).toBeNull();
  });

  it('tells the death of an agent in the middle of a turn', async () => {
    await open(0);
    const agent = await take('dies');
    const outputs: string[] = [];
    await expect(agent.prompt(prompt('x'), { ...listener, onOutput: ({ text }) => outputs.push(text) })).rejects.toMatchObject({ code: 'agent-died' });
    expect((await agent.exited).cause).toBe('signal');
    expect(agent.alive).toBe(false);
  });

  it.each(['huge', 'endless', 'binary', 'deep', 'words'])('ends an agent that writes %s, with cause protocol, and goes on', async (kind) => {
    await open(1);
    const agent = await take('garbage');
    await expect(agent.prompt(prompt(kind), listener)).rejects.toMatchObject({ code: 'protocol' });
    expect((await agent.exited).cause).toBe('protocol');
    await until('the rest is well', () => pool.view(0).ready === 1);
    expect(await (pool.acquire('good') as Agent).prompt(prompt('hi'), listener)).toMatchObject({ text: 'echo hi' });
  });

  it('ends an agent that ignores every polite way within six seconds', async () => {
    await open(0);
    const agent = await take('deaf');
    const startedMs = performance.now();
    await pool.release(agent);
    expect(performance.now() - startedMs).toBeLessThan(roomy(6_500));
    expect(pidAlive(agent.pid as number)).toBe(false);
  });
});
