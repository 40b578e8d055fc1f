import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { faultTime } from '../../core/base/test-times.js';
import { Host, type RestClient } from '../support/host.js';
import { longTurn, patientConfig, queuedTurn, runningTurn } from '../support/patient-agent.js';
import { alive, descendants, until } from '../support/processes.js';

test.describe('the emergency stop', () => {
  const host = new Host({ config: patientConfig(2) });
  let api: RestClient;
  let session: string;
  test.beforeAll(async () => {
    api = await host.up();
    session = await api.session('ada');
  });
  test.afterAll(() => host.dispose());

  test('hold takes no new work and says so everywhere, release brings it back', async () => {
    const held = (await api.post('/api/hold', {})).body;
    expect(held).toMatchObject({
      success: true,
      hold: { level: 'hold', queues: expect.arrayContaining(['turns', 'coach', 'maintenance']), survivors: [], complete: true },
    });
    const turn = await api.post(`/api/session/${session}/turns`, { text: 'x' });
    expect(turn).toMatchObject({ status: 503, body: { error: { code: 'held' } } });
    expect(await api.post('/api/session/start', { userId: 'bob' })).toMatchObject({ status: 503, body: { error: { code: 'held' } } });
    await expect
      .poll(async () => (await api.get('/api/health')).body)
      .toMatchObject({ status: 'degraded', required: { redis: true, worker: true }, reasons: [{ code: 'held' }] });
    await expect.poll(async () => (await api.get('/metrics')).body).toMatch(/roost_held\{level="hold"\} 1/);
    expect((await api.post('/api/release')).body).toMatchObject({ released: true, queues: expect.arrayContaining(['turns', 'coach', 'maintenance']) });
    expect((await api.post('/api/release')).body).toMatchObject({ released: false });
    await api.healthy();
  });

  test('interrupt cancels what runs, keeps what waits, and release goes on with it', async () => {
    const second = await api.session('bob');
    const first = await longTurn(api, session);
    const waiting = await queuedTurn(api, session);
    const other = await longTurn(api, second);
    const started = performance.now();
    const { hold } = (await api.post('/api/hold', { level: 'interrupt' })).body;
    // None of them had to be waited for: they end when they are told.
    expect(performance.now() - started).toBeLessThan(faultTime(20_000, 8_000));
    expect(hold).toMatchObject({ level: 'interrupt', survivors: [] });
    for (const id of [first, other]) expect((await api.turn(id)).status).toBe('cancelled');
    expect((await api.get(`/api/turns/${waiting}`)).body.turn.status).toBe('queued');
    await api.post('/api/release');
    await runningTurn(api, waiting);
    await api.call('DELETE', `/api/turns/${waiting}`);
    await api.healthy();
  });

  test('kill ends every agent and the worker at work, and outlives a restart of Roost', async () => {
    const id = await longTurn(api, session);
    const slots = (await api.get('/api/pool')).body.slots as { pid: number }[];
    expect(slots.length).toBeGreaterThanOrEqual(3);
    const { hold } = (await api.post('/api/hold', { level: 'kill' })).body;
    expect(hold).toMatchObject({ level: 'kill', survivors: [] });
    expect(slots.filter(({ pid }) => alive(pid))).toEqual([]);
    expect((await api.turn(id)).status).toBe('cancelled');
    await until('the worker to be back', async () => (await api.process('worker-turns')).state === 'running');
    expect(await host.end('SIGTERM')).toBe(0);
    api = await host.up();
    await expect.poll(async () => (await api.get('/api/health')).body).toMatchObject({ status: 'degraded', reasons: [{ code: 'held' }] });
    expect((await api.get('/api/pool')).body).toMatchObject({ ready: 0, starting: 0 });
    expect((await api.post(`/api/session/${session}/turns`, { text: 'x' })).body.error.code).toBe('held');
    // A lower level asked for later weakens nothing.
    expect((await api.post('/api/hold', {})).body.hold.level).toBe('kill');
    expect((await api.post('/api/release')).body.released).toBe(true);
    await api.healthy();
    await expect.poll(async () => (await api.get('/api/pool')).body.ready).toBeGreaterThanOrEqual(2);
    const next = await longTurn(api, session);
    await api.call('DELETE', `/api/turns/${next}`);
  });
});

const fixture = (name: string): string => new URL(`../fixtures/${name}`, import.meta.url).pathname;
const escapee = ['node', fixture('children/escapee.mjs'), 'stay', 'bare'];

test('kill ends what agents and jobs have started as well, also what left its group and its environment behind; release goes on', async () => {
  const host = new Host({
    config: `
templates:
  asks: { protocol: acp, command: [node, ${JSON.stringify(fixture('agents/asks.mjs'))}], rules: { allow: [${JSON.stringify(escapee)}] } }
pool: { template: asks, size: 1 }
schedules:
  slow: { cron: "0 0 1 1 *", handler: command, data: { argv: ${JSON.stringify(escapee)} } }
`,
  });
  /** The grandchildren that nobody's group and mark leads to. */
  const escaped = (): number[] =>
    descendants(host.child?.pid ?? 0).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('setInterval(() => {}, 1000)');
      } catch {
        return false;
      }
    });
  try {
    const api = await host.up();
    const session = await api.session('ada');
    const lines = [
      { method: 'terminal/create', params: { command: escapee[0], args: escapee.slice(1) } },
      { method: 'terminal/wait_for_exit', params: { terminalId: '$last' } },
    ];
    const turn = (await api.post(`/api/session/${session}/turns`, { text: lines.map((line) => JSON.stringify(line)).join('\n') })).body.turnId;
    await api.post('/api/schedules/slow/run');
    const victims = await until('a command of the agent and one of a job, each with its escapee', () => {
      const found = escaped();
      return found.length === 2 && found;
    });
    const { hold } = (await api.post('/api/hold', { level: 'kill' })).body;
    expect(hold).toMatchObject({ level: 'kill', survivors: [] });
    expect(victims.filter(alive)).toEqual([]);
    expect(escaped()).toEqual([]);
    expect((await api.turn(turn)).status).not.toBe('done');
    await api.post('/api/release');
    await api.healthy();
    // Its job was put back in line, not lost: it runs again.
    await until('the job to run again', () => escaped().length === 1);
    // An end of Roost would wait for it.
    await api.post('/api/hold', { level: 'kill' });
  } finally {
    await host.dispose();
    for (const pid of escaped()) process.kill(pid, 'SIGKILL');
  }
});
