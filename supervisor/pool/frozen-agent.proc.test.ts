import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { sleep, systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { onLinux } from '../../core/base/test-conditions.js';
import { faultTime, realTimes } from '../../core/base/test-times.js';
import { createLauncher } from '../process/launcher.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import type { Agent } from './agent.js';
import { pidAlive, pidState } from './pid-alive.js';
import { WarmPool } from './warm-pool.js';

const root = resolve(import.meta.dirname, '../..');
const listener = { onOutput: () => undefined, onNote: () => undefined };
/** Takes every question and never says a word. */
const thinker = createServer(() => undefined);
let dir: string;
let opened = 0;
/** An agent of our own answers in milliseconds; what it may take has room for a machine that is busy. */
const silence = { quietMs: faultTime(1_200, 30_000), answerMs: faultTime(2_500, 5_000) };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-frozen-'));
  await mkdir(join(dir, 'entries'));
  await writeFile(join(dir, 'entries/package.json'), '{"type":"module"}');
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: join(dir, 'entries'),
      emptyOutDir: false,
      target: 'node20',
      rollupOptions: { input: { agent: join(root, 'worker/agent/main.ts') }, output: { format: 'es', entryFileNames: '[name].js' } },
    },
  });
  await new Promise<void>((ready) => thinker.listen(0, '127.0.0.1', ready));
});
afterAll(async () => {
  thinker.closeAllConnections();
  thinker.close();
  await rm(dir, { recursive: true, force: true });
});

/** A pool with its own processes in a folder of its own, gone with the test. */
async function open({ onTestFinished }: TestContext, extra: object = {}) {
  const config = configSchema.parse({
    templates: { builtin: { builtin: true }, foreign: { command: [process.execPath, join(root, 'e2e/fixtures/agents/good.mjs')] } },
    pool: { size: 1, ...extra },
  });
  const runId = `frozen-${process.pid}-${++opened}`;
  const dataDir = join(dir, runId);
  const spawner = createNodeSpawner({ entryDir: join(dir, 'entries') });
  const launcher = createLauncher({ spawner, dataDir, runId, clock: systemClock, log: silentLog });
  const pool = new WarmPool({
    launcher,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    config,
    agentSetup: () => ({
      knowledge: [],
      files: [],
      providers: [{ name: 'slow', baseUrl: `http://127.0.0.1:${(thinker.address() as AddressInfo).port}`, model: 'm', timeoutMs: 60_000 }],
    }),
    dataDir,
    silence,
  });
  onTestFinished(async () => {
    await pool.stop();
    expect(launcher.live).toEqual([]);
    await launcher.close();
  });
  const deaths: { readonly agentId: string; readonly cause: string; readonly lastSignAtMs?: number }[] = [];
  pool.onEvent((event) => void (event.kind === 'agent-died' && deaths.push(event)));
  await pool.start();
  return { pool, launcher, deaths };
}

async function until(what: string, check: () => boolean, deadlineMs = 60_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!check()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(systemClock, 10);
  }
}

const ask = (agent: Agent) => agent.prompt({ turnId: 't1', arm: 'npc', text: 'tell me a story' }, listener);

// Each has a pool of its own and waits most of the time: side by side they take as long as the longest.
describe.concurrent('an agent that is frozen', () => {
  it('with a turn in hand, held the turn until its deadline: now it is ended as stalled and the turn comes free', async (context) => {
    const { pool } = await open(context);
    const agent = await pool.spawnFor('builtin');
    process.kill(agent.pid as number, 'SIGSTOP');
    const startedMs = performance.now();
    await expect(ask(agent)).rejects.toMatchObject({ code: 'agent-died', message: expect.stringContaining('no sign of life') });
    expect(performance.now() - startedMs).toBeLessThan(faultTime(30_000, 40_000));
    expect((await agent.exited).cause).toBe('stalled');
    expect(pidAlive(agent.pid as number)).toBe(false);
  });

  it('while idle, was handed out: now the pool replaces it', async (context) => {
    const { pool, launcher, deaths } = await open(context, { checkEvery: realTimes ? '30s' : '500ms' });
    await until('a warm agent', () => pool.view(0).ready === 1);
    const [frozen] = pool.view(0).slots;
    process.kill(frozen?.pid as number, 'SIGSTOP');
    await until('another warm agent', () => pool.view(0).slots.some(({ state, pid }) => state === 'ready' && pid !== frozen?.pid), faultTime(20_000, 60_000));
    expect(
      launcher
        .logFor(frozen?.agentId as string)
        .read(20)
        .at(-1)?.text,
    ).toContain('no sign of life');
    await until('its death to be told', () => deaths.length === 1);
    expect(deaths).toMatchObject([{ agentId: frozen?.agentId, cause: 'stalled' }]);
    // It had its time to answer after the last sign.
    expect(systemClock.wallMs() - (deaths[0]?.lastSignAtMs ?? Number.NaN)).toBeGreaterThanOrEqual(silence.answerMs - 10);
  });

  it.runIf(onLinux('a frozen agent seen at the hand-out'))('was handed out between two checks: now it is seen at the hand-out', async (context) => {
    const { pool } = await open(context, { checkEvery: '10m', size: 1 });
    await until('a warm agent', () => pool.view(0).ready === 1);
    const [frozen] = pool.view(0).slots;
    process.kill(frozen?.pid as number, 'SIGSTOP');
    await until('the signal to work', () => pidState(frozen?.pid as number) === 'stopped');
    expect(pool.acquire('builtin')).toBeUndefined();
    const agent = await pool.spawnFor('builtin');
    expect(agent.pid).not.toBe(frozen?.pid);
    await until('the end of the frozen one', () => !pidAlive(frozen?.pid as number));
  });

  it('is not one that thinks in silence, nor one of others, whatever it does', async (context) => {
    const { pool } = await open(context);
    const thinking = await pool.spawnFor('builtin');
    const foreign = await pool.spawnFor('foreign');
    const thought = ask(thinking);
    const waiting = foreign.prompt({ turnId: 't2', arm: 'npc', text: 'wait' }, listener);
    process.kill(foreign.pid as number, 'SIGSTOP');
    // Longer than the verdict would take.
    await sleep(systemClock, silence.quietMs + silence.answerMs + faultTime(1_500, 15_000));
    expect([thinking.exit, foreign.exit]).toEqual([null, null]);
    process.kill(foreign.pid as number, 'SIGCONT');
    thinking.cancel();
    foreign.cancel();
    expect(await thought).toMatchObject({ stopReason: 'cancelled' });
    expect(await waiting).toMatchObject({ stopReason: 'cancelled' });
  });
});
