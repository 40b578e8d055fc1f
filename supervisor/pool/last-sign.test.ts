import { afterEach, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { FakeLauncher, speakAcp } from './fake-launcher.js';
import { type PoolEvent, WarmPool } from './warm-pool.js';

type Died = Extract<PoolEvent, { kind: 'agent-died' }>;
let pool: WarmPool | undefined;
afterEach(() => pool?.stop());

/** A pool of one, looked at every 30 s. */
async function open(template: object) {
  const clock = new ManualClock();
  const launcher = new FakeLauncher(clock, (child) => (child.wire === null ? queueMicrotask(() => child.ready()) : speakAcp(child)));
  const frozen = new Set<number>();
  pool = new WarmPool({
    launcher,
    clock,
    random: () => 0.5,
    log: silentLog,
    config: configSchema.parse({ templates: { mine: template }, pool: { template: 'mine', size: 1, checkEvery: '30s' } }),
    agentSetup: () => ({ knowledge: [], files: [], providers: [] }),
    dataDir: '/nowhere',
    pidState: (pid) => (frozen.has(pid) ? 'stopped' : launcher.pidState(pid)),
    files: { highestNumber: async () => 0, prepare: async (name) => `/w/${name}`, dropEmpty: async () => undefined, pruneLogs: async () => undefined },
  });
  const deaths: Died[] = [];
  pool.onEvent((event) => void (event.kind === 'agent-died' && deaths.push(event)));
  const bornAtMs = clock.wallMs();
  await pool.start();
  await clock.advance(100_000);
  const [agent] = launcher.live;
  if (agent === undefined) throw new Error('no agent is warm');
  return { clock, pool, deaths, bornAtMs, agent, freeze: () => frozen.add(agent.pid ?? 0) };
}

/** The look at 90 s was the last one that it answered. */
const lastLookMs = 90_000;

it('an agent frozen while idle was last seen to work when it last answered a look', async () => {
  const { clock, deaths, bornAtMs, agent } = await open({ builtin: true });
  if (agent.wire !== null) agent.wire.peer = () => undefined;
  await clock.advance(60_000);
  expect(deaths).toMatchObject([{ agentId: 'agent-1', cause: 'stalled' }]);
  expect(Math.abs((deaths[0]?.lastSignAtMs ?? 0) - bornAtMs - lastLookMs)).toBeLessThanOrEqual(1_000);
});

it('one found frozen at the hand-out was last seen to work at the look before', async () => {
  const { pool, clock, deaths, bornAtMs, freeze } = await open({ protocol: 'none', command: ['x'], ready: { log: 'ready' } });
  freeze();
  expect(pool.acquire('mine')).toBeUndefined();
  await clock.advance(10);
  expect(deaths).toMatchObject([{ agentId: 'agent-1', cause: 'stalled' }]);
  expect(Math.abs((deaths[0]?.lastSignAtMs ?? 0) - bornAtMs - lastLookMs)).toBeLessThanOrEqual(1_000);
});

it('one that simply died has no other moment than its death', async () => {
  const { clock, deaths, agent } = await open({ builtin: true });
  agent.die();
  await clock.advance(10);
  expect(deaths).toMatchObject([{ agentId: 'agent-1', cause: 'crash' }]);
  expect(deaths[0]).not.toHaveProperty('lastSignAtMs');
});
