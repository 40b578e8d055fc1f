import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { type FakeIncarnation, FakeLauncher } from './fake-launcher.js';
import { configOpenMs, openMs } from './start-guard.js';
import { type PoolEvent, WarmPool } from './warm-pool.js';

const config = (size = 3, extra: object = {}) =>
  configSchema.parse({
    templates: { plain: { protocol: 'none', command: ['x'], ready: { log: 'ready' } }, other: { protocol: 'none', command: ['y'], ready: { log: 'ready' } } },
    pool: { template: 'plain', size, capacity: 5, ...extra },
  });

const files = {
  highestNumber: async () => 0,
  prepare: async (name: string) => `/w/${name}`,
  dropEmpty: async () => undefined,
  pruneLogs: async () => undefined,
};

let pools: WarmPool[] = [];
afterEach(async () => {
  for (const pool of pools) await pool.stop();
  pools = [];
});

async function makePool(options: { size?: number; onLaunch?: (child: FakeIncarnation) => void; extra?: object; first?: number; dead?: Set<number> } = {}) {
  const clock = new ManualClock();
  const launcher = new FakeLauncher(clock, options.onLaunch ?? ((child) => queueMicrotask(() => child.ready())));
  const pool = new WarmPool({
    launcher,
    clock,
    random: () => 0.5,
    log: silentLog,
    config: config(options.size, options.extra),
    agentSetup: () => ({ knowledge: [], files: [], providers: [] }),
    dataDir: '/nowhere',
    pidState: (pid) => (options.dead?.has(pid) ? 'gone' : launcher.pidState(pid)),
    files: { ...files, highestNumber: async () => options.first ?? 0 },
  });
  pools.push(pool);
  const events: PoolEvent[] = [];
  pool.onEvent((event) => events.push(event));
  await pool.start();
  await clock.advance(20);
  return { clock, launcher, pool, events };
}

describe('WarmPool', () => {
  it('knows no template by a word that every object has', async () => {
    const { pool } = await makePool();
    for (const template of ['constructor', 'toString', '__proto__'])
      await expect(pool.spawnFor(template, {})).rejects.toMatchObject({ code: 'bad-request', field: 'template' });
  });

  it('keeps its target warm, hands out at once and refills at once, with names that never repeat', async () => {
    const { clock, launcher, pool } = await makePool({ first: 41 });
    expect(pool.view(0)).toMatchObject({ ready: 3, starting: 0, assigned: 0, target: 3 });
    const agent = pool.acquire('plain');
    expect(agent?.name).toBe('agent-42');
    expect(agent?.alive).toBe(true);
    await clock.advance(20);
    expect(pool.view(0)).toMatchObject({ ready: 3, assigned: 1, stats: { spawned: 4, assigned: 1, prewarmedHits: 1 } });
    expect(launcher.launched.map(({ launch }) => launch.name)).toEqual(['agent-42', 'agent-43', 'agent-44', 'agent-45']);
    expect(launcher.launched[0]?.launch).toMatchObject({ cwd: '/w/agent-42', env: { ROOST_AGENT_ID: 'agent-42' }, stdin: 'none', wire: 'none' });
  });

  it('starts no more than spawnConcurrency at a time', async () => {
    const { pool, launcher } = await makePool({ size: 10, onLaunch: () => undefined, extra: { spawnConcurrency: 4 } });
    expect(launcher.launched).toHaveLength(4);
    expect(pool.view(0)).toMatchObject({ starting: 4, ready: 0 });
  });

  it('replaces an idle agent that died, and never hands out one that died in this very moment', async () => {
    const dead = new Set<number>();
    const { clock, launcher, pool, events } = await makePool({ dead });
    launcher.named('agent-1').die('signal', 'killed by SIGKILL');
    await clock.advance(20);
    expect(pool.view(0)).toMatchObject({ ready: 3, stats: { died: 1 } });
    expect(events).toContainEqual({ kind: 'agent-died', agentId: 'agent-1', template: 'plain', message: 'killed by SIGKILL', cause: 'signal' });
    // Dead for the system, its exit event not yet seen.
    dead.add(launcher.named('agent-2').pid ?? 0);
    expect(pool.acquire('plain')?.name).toBe('agent-3');
    await clock.advance(20);
    expect(launcher.named('agent-2').exit).toMatchObject({ cause: 'unresponsive' });
    expect(pool.view(0).ready).toBe(3);
  });

  it('gives each waiting caller an agent in order, and none is lost when a caller leaves', async () => {
    const held: FakeIncarnation[] = [];
    const { clock, pool } = await makePool({ size: 0, onLaunch: (child) => held.push(child) });
    expect(pool.acquire('plain')).toBeUndefined();
    const order: string[] = [];
    const leaving = new AbortController();
    const first = pool.spawnFor('plain').then((agent) => order.push(`first ${agent.name}`));
    const second = pool.spawnFor('plain', { signal: leaving.signal }).catch((error: { code: string }) => order.push(error.code));
    const third = pool.spawnFor('plain').then((agent) => order.push(`third ${agent.name}`));
    await clock.advance(0);
    leaving.abort();
    await second;
    for (const child of held) child.ready();
    await clock.advance(20);
    await Promise.all([first, third]);
    expect(order).toEqual(['cancelled', 'first agent-1', 'third agent-2']);
    expect(pool.view(0)).toMatchObject({ assigned: 2, ready: 0, starting: 0 });
  });

  it('fails a caller at its deadline', async () => {
    const { clock, pool } = await makePool({ size: 0, onLaunch: () => undefined });
    const waiting = pool.spawnFor('plain', { deadlineMs: 1_000 }).catch((error: { code: string }) => error.code);
    await clock.advance(1_000);
    expect(await waiting).toBe('timeout');
  });

  it('ends an agent that does not become ready in time and tries again with backoff, then suspends, then probes and recovers', async () => {
    let good = false;
    const { clock, launcher, pool, events } = await makePool({ size: 2, onLaunch: (child) => (good ? queueMicrotask(() => child.ready()) : undefined) });
    expect(launcher.launched).toHaveLength(2);
    const caller = pool.spawnFor('plain').catch((error: { code: string }) => error.code);
    await clock.advance(10_000);
    expect(launcher.named('agent-1').exit).toMatchObject({ cause: 'start-timeout' });
    await clock.advance(1_000);
    // After a failure one start at a time.
    expect(launcher.live).toHaveLength(1);
    await clock.advance(25_000);
    expect(await caller).toBe('spawn-failed');
    expect(pool.view(0).trouble).toContain('not ready within 10000 ms');
    const before = launcher.launched.length;
    await expect(pool.spawnFor('plain')).rejects.toMatchObject({ code: 'circuit-open' });
    await clock.advance(openMs - 20_000);
    expect(launcher.launched).toHaveLength(before);
    good = true;
    await clock.advance(20_000);
    expect(pool.view(0)).toMatchObject({ trouble: null, ready: 2 });
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['start-failed', 'suspended', 'recovered']));
  });

  it('is not in trouble for ever over failures of the past when it wants nobody any more', async () => {
    let good = true;
    const { clock, pool } = await makePool({ size: 1, onLaunch: (child) => queueMicrotask(() => (good ? child.ready() : child.die())) });
    await clock.advance(100);
    good = false;
    pool.resize(3);
    await clock.advance(8_000);
    expect(pool.view(0)).toMatchObject({ ready: 1, trouble: expect.stringContaining('do not start') });
    pool.resize(1);
    await clock.advance(openMs);
    expect(pool.view(0)).toMatchObject({ ready: 1, trouble: null });
  });

  it('tried a template again and again that only the operator can mend: now once, and again when asked or after a longer pause', async () => {
    let code: number | null = 78;
    const { clock, launcher, pool, events } = await makePool({
      size: 2,
      extra: { spawnConcurrency: 1 },
      onLaunch: (child) => queueMicrotask(() => (code === null ? child.ready() : child.die('config', 'it says its configuration is wrong (exit code 78)'))),
    });
    expect(launcher.launched).toHaveLength(1);
    const [own] = pool.view(0).templates ?? [];
    expect(own).toMatchObject({ trouble: expect.stringContaining('configuration is wrong'), retryAtMs: expect.any(Number) });
    expect((own?.retryAtMs ?? 0) - clock.wallMs()).toBeGreaterThan(configOpenMs - 1_000);
    expect(events.map(({ kind }) => kind)).toEqual(['start-failed', 'suspended']);
    await clock.advance(configOpenMs - 1_000);
    expect(launcher.launched).toHaveLength(1);
    await clock.advance(2_000);
    expect(launcher.launched).toHaveLength(2);
    code = null;
    pool.resize(2);
    await clock.advance(20);
    expect(pool.view(0)).toMatchObject({ trouble: null, ready: 2 });
    expect(events.at(-1)).toMatchObject({ kind: 'recovered' });
  });

  it('kept one warm when a person had asked for three in a quiet hour', async () => {
    const { clock, pool } = await makePool({ size: 2, extra: { idleTtl: '1m', quietSize: 1 } });
    await clock.advance(90_000);
    expect(pool.view(0)).toMatchObject({ ready: 1, target: 2 });
    pool.resize(3);
    await clock.advance(100);
    expect(pool.view(0)).toMatchObject({ ready: 3, target: 3 });
  });

  it('said that a pipe had ended when an agent did not start: now what it said last', async () => {
    const { events } = await makePool({
      size: 1,
      onLaunch: (child) => queueMicrotask(() => child.die('crash', 'it crashed with exit code 1', 'the model is not there')),
    });
    expect(events[0]).toMatchObject({ kind: 'start-failed', message: 'it crashed with exit code 1 (its last words: the model is not there)' });
  });

  it('suspends a template whose agents die as soon as they are ready instead of spinning', async () => {
    const { clock, launcher, pool } = await makePool({
      size: 1,
      onLaunch: (child) =>
        queueMicrotask(() => {
          child.ready();
          setImmediate(() => child.die());
        }),
    });
    for (let round = 0; round < 60; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(10);
    }
    expect(launcher.launched.length).toBeLessThanOrEqual(10);
    expect(pool.view(0).trouble).toContain('die right after');
  });

  it('resizes live in both directions', async () => {
    const { clock, launcher, pool } = await makePool();
    pool.resize(5);
    await clock.advance(20);
    expect(pool.view(0).ready).toBe(5);
    pool.resize(1);
    await clock.advance(20);
    expect(pool.view(0).ready).toBe(1);
    expect(launcher.live).toHaveLength(1);
    pool.resize(0);
    await clock.advance(20);
    expect(launcher.live).toHaveLength(0);
  });

  it('takes back an agent that was not used and ends one that was', async () => {
    const { clock, launcher, pool } = await makePool({ size: 1 });
    const unused = pool.acquire('plain');
    pool.giveBack(unused as NonNullable<typeof unused>);
    await clock.advance(20);
    expect(launcher.launched).toHaveLength(1);
    const used = pool.acquire('plain');
    pool.assign(used as NonNullable<typeof used>, 's1');
    await pool.release(used as NonNullable<typeof used>);
    expect(used?.exit).toMatchObject({ cause: 'deliberate' });
    await clock.advance(20);
    expect(pool.view(0)).toMatchObject({ ready: 1, assigned: 0, stats: { died: 0 } });
  });

  it('restarts one agent by name and says so when there is none', async () => {
    const { clock, launcher, pool } = await makePool({ size: 1 });
    expect(pool.restart('agent-1')).toMatchObject({ accepted: true });
    await clock.advance(20);
    expect(launcher.live.map(({ launch }) => launch.name)).toEqual(['agent-2']);
    expect(pool.views()[0]).toMatchObject({ name: 'agent-2', kind: 'agent', state: 'running', can: { start: false, stop: true, restart: true } });
    expect(() => pool.restart('agent-9')).toThrowError(/no agent named/);
  });

  it('stops once, ends all agents and sends every caller away', async () => {
    const { clock, launcher, pool } = await makePool({ extra: { capacity: 3 } });
    const caller = pool.spawnFor('other').catch((error: { code: string }) => error.code);
    const stopping = pool.stop();
    expect(pool.stop()).toBe(stopping);
    await clock.advance(0);
    await stopping;
    expect(['shutting-down', 'cancelled']).toContain(await caller);
    expect(launcher.live).toHaveLength(0);
    expect(pool.acquire('plain')).toBeUndefined();
    await expect(pool.spawnFor('plain')).rejects.toMatchObject({ code: 'shutting-down' });
    expect(clock.pendingTimers).toBe(0);
  });
});
