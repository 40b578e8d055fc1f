import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { type FakeIncarnation, FakeLauncher } from './fake-launcher.js';
import { type PoolEvent, WarmPool } from './warm-pool.js';

const mb = 1024 ** 2;
const plain = { protocol: 'none', command: ['x'], ready: { log: 'ready' } };

let pools: WarmPool[] = [];
afterEach(async () => {
  for (const pool of pools) await pool.stop();
  pools = [];
});

async function makePool(options: { pool?: object; templates?: object; freeMb?: number; onLaunch?: (child: FakeIncarnation) => void } = {}) {
  const clock = new ManualClock();
  const launcher = new FakeLauncher(clock, options.onLaunch ?? ((child) => queueMicrotask(() => child.ready())));
  const machine = { freeBytes: (options.freeMb ?? 16_000) * mb };
  const config = configSchema.parse({ templates: options.templates ?? { plain }, pool: { template: 'plain', size: 3, capacity: 20, ...options.pool } });
  const pool = new WarmPool({
    launcher,
    clock,
    random: () => 0.5,
    log: silentLog,
    config,
    agentSetup: () => ({ knowledge: [], files: [], providers: [] }),
    dataDir: '/nowhere',
    pidState: launcher.pidState,
    machineMemory: () => machine,
    files: { highestNumber: async () => 0, prepare: async (name) => `/w/${name}`, dropEmpty: async () => undefined, pruneLogs: async () => undefined },
  });
  pools.push(pool);
  const events: PoolEvent[] = [];
  pool.onEvent((event) => events.push(event));
  await pool.start();
  await clock.advance(20);
  const use = (rssMb: number): void => {
    for (const { agentId } of pool.view(0).slots) pool.setUsage(agentId, { rssBytes: rssMb * mb, cpuPercent: null });
  };
  return { clock, launcher, pool, events, machine, use };
}

const wantedOf = (pool: WarmPool, template = 'plain') => pool.view(0).templates?.find((view) => view.template === template);

describe('WarmPool and several templates', () => {
  it('keeps each at its own number of warm agents', async () => {
    const { clock, pool } = await makePool({ pool: { size: 1 }, templates: { plain, other: { ...plain, warm: 2 }, cold: plain } });
    expect(wantedOf(pool)).toMatchObject({ target: 1, ready: 1 });
    expect(wantedOf(pool, 'other')).toMatchObject({ target: 2, ready: 2 });
    expect(wantedOf(pool, 'cold')).toMatchObject({ target: 0, ready: 0 });
    expect(pool.acquire('other')).toBeDefined();
    expect(pool.acquire('cold')).toBeUndefined();
    await clock.advance(20);
    expect(wantedOf(pool, 'other')).toMatchObject({ ready: 2, assigned: 1 });
  });

  it('drops a start that began before its template changed', async () => {
    const children: FakeIncarnation[] = [];
    const { clock, pool, launcher } = await makePool({ pool: { size: 1 }, onLaunch: (child) => children.push(child) });
    pool.renewIdle((template) => template === 'plain', 'its template has changed');
    children[0]?.ready();
    await clock.advance(20);
    expect(children[0]?.exit).toMatchObject({ cause: 'deliberate' });
    children[1]?.ready();
    await clock.advance(20);
    expect(launcher.live.map(({ launch }) => launch.name)).toEqual(['agent-2']);
    expect(pool.view(0)).toMatchObject({ ready: 1 });
  });
});

describe('WarmPool and load', () => {
  it('shrinks when nobody asks, and is back at its size with the next start', async () => {
    const { clock, pool, launcher } = await makePool({ pool: { idleTtl: '10m' } });
    await clock.advance(9 * 60_000);
    expect(launcher.live).toHaveLength(3);
    await clock.advance(2 * 60_000);
    expect(pool.view(0)).toMatchObject({ ready: 1, target: 3 });
    expect(launcher.live).toHaveLength(1);
    expect(pool.acquire('plain')).toBeDefined();
    await clock.advance(20);
    expect(pool.view(0)).toMatchObject({ ready: 3, assigned: 1 });
  });

  it('keeps no more warm than there are places, but one', async () => {
    const { clock, pool } = await makePool({ pool: { size: 3, capacity: 4 } });
    for (let n = 0; n < 3; n++) pool.acquire('plain');
    await clock.advance(20);
    expect(pool.view(0)).toMatchObject({ ready: 1, assigned: 3 });
  });

  it('replaces an idle agent that has grown old, one at a time', async () => {
    const { clock, pool, launcher } = await makePool({ pool: { idleTtl: '7d' }, templates: { plain: { ...plain, recycle: { after: '1h' } } } });
    await clock.advance(3_600_000);
    await clock.advance(20);
    expect(launcher.launched.filter(({ exit }) => exit?.cause === 'recycled')).toHaveLength(1);
    expect(pool.view(0)).toMatchObject({ ready: 3, stats: { died: 0 } });
    await clock.advance(61_000);
    expect(launcher.launched.filter(({ exit }) => exit?.cause === 'recycled')).toHaveLength(3);
  });
});

describe('WarmPool and memory', () => {
  it('starts no more than the budget carries, by what agents really use', async () => {
    const { clock, pool, launcher, use } = await makePool({ pool: { size: 2, memoryBudget: '1GB' } });
    use(300);
    pool.resize(6);
    await clock.advance(20);
    // 600 MB used and 300 each: one more would leave no room for another.
    expect(launcher.live).toHaveLength(2);
    expect(pool.view(0).memory).toMatchObject({ state: 'ample', usedBytes: 600 * mb });
    expect(pool.admits('plain')).toBe(true);
    pool.acquire('plain');
    pool.acquire('plain');
    expect(pool.admits('plain')).toBe(true);
    void pool.spawnFor('plain');
    await clock.advance(20);
    use(300);
    expect(launcher.live).toHaveLength(3);
    expect(pool.admits('plain')).toBe(false);
  });

  it('gives idle agents back when the machine runs short, tells it once, and fills up again afterwards', async () => {
    const { clock, pool, machine, events, use } = await makePool({ pool: { size: 4 } });
    use(100);
    machine.freeBytes = 100 * mb;
    await clock.advance(60_000);
    expect(pool.view(0).ready).toBe(1);
    expect(events.filter(({ kind }) => kind === 'memory-short')).toHaveLength(1);
    machine.freeBytes = 16_000 * mb;
    await clock.advance(130_000);
    expect(pool.view(0).ready).toBe(4);
    expect(events.at(-1)).toMatchObject({ kind: 'memory-ample' });
  });
});
