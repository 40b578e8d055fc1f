import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, type RestClient, root } from '../support/host.js';
import { until } from '../support/processes.js';

/** What a pool does by itself in a whole Roost: suspends and recovers, shrinks and grows, gives memory back, renews. */
test.describe('the pool takes care of itself', () => {
  let dataDir: string;
  let host: Host;
  let api: RestClient;

  const write = (pool: string): void => {
    const agent = join(root, 'e2e/fixtures/agents/fails-first.mjs');
    const config = [
      `pool: { template: flaky, size: 3, checkEvery: 1s, ${pool} }`,
      'templates:',
      `  flaky: { command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(agent)}], env: { FAILS: ${JSON.stringify(join(dataDir, 'fails'))} }, recycle: { afterTurns: 2 } }`,
    ].join('\n');
    writeFileSync(join(dataDir, 'roost.yaml'), config);
  };
  const pool = async () => (await api.get('/api/pool')).body;
  const wanted = async (): Promise<number> => (await pool()).templates[0].wanted;
  const warm = (count: number) => until(`${count} warm agents`, async () => (await pool()).ready === count);
  const codes = async (): Promise<string[]> => (await api.get('/api/health')).body.reasons.map(({ code }: { code: string }) => code);

  test.beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'roost-pool-'));
    writeFileSync(join(dataDir, 'fails'), '1000');
    write('idleTtl: 1h');
    host = new Host({ dataDir });
    api = await host.up();
  });
  test.afterAll(async () => {
    await host?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('a template that does not start is suspended with its last words, and recovers; the incident tells all of it', async () => {
    const said = /flaky do not start: .*exit code 1.*its last words: the model is not there yet/;
    const failing = await until('the suspension', async () => {
      const one = (await pool()).templates[0];
      return one.trouble === null ? undefined : one;
    });
    expect(failing.trouble).toMatch(said);
    expect(failing.retryAtMs).toBeGreaterThan(Date.now());
    expect(await codes()).toContain('agents-failing');
    const refused = await api.post('/api/session/start', { userId: 'early' });
    expect([refused.status, refused.body.error.code]).toEqual([503, 'circuit-open']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Half open: one at a time, not all that are wanted.
    const before = readFileSync(join(dataDir, 'fails.starts'), 'utf8').length;
    expect(before).toBeGreaterThan(0);
    writeFileSync(join(dataDir, 'fails'), '0');
    expect((await api.post('/api/pool/resize', { size: 3 })).status).toBe(200);
    await warm(3);
    await api.healthy();
    const incident = await until('the end of the incident', async () => {
      const { body } = await api.get('/api/incidents');
      return body.incidents.find((one: { status: string }) => one.status === 'resolved');
    });
    const { body } = await api.get(`/api/incidents/${incident.id}`);
    const told = JSON.stringify(body.incident.timeline);
    expect(told).toMatch(said);
    expect(told).toContain('start again');
  });

  test('an agent that has taken its turns gives its place to a fresh one, which knows what was said', async () => {
    const session = await api.session('ann');
    const agents: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      const { body } = await api.post(`/api/session/${session}/turns`, { text });
      const turn = await api.turn(body.turnId);
      expect(turn).toMatchObject({ status: 'done' });
      if (text === 'three') {
        expect(turn.text).toContain('echo two');
        expect(turn.note).toMatch(/was replaced: it has taken 2 turns/);
      }
      agents.push(await until('the agent', async () => (await api.get(`/api/session/${session}`)).body.session.agentId ?? undefined));
    }
    expect(new Set(agents).size).toBeGreaterThan(1);
  });

  test('in a quiet hour fewer stay warm and nobody calls that trouble; the next start brings them back', async () => {
    write('idleTtl: 1s, quietSize: 1');
    await warm(1);
    expect(await wanted()).toBe(1);
    await api.healthy();
    expect((await api.get('/api/health')).body.sessions).toMatchObject({ pool: 1, wanted: 1, target: 3 });
    write('idleTtl: 1h, quietSize: 1');
    await api.session('bob');
    await warm(3);
  });

  test('where memory is short idle agents are closed, sessions wait in line and say why, and all of it ends with the shortage', async () => {
    write('idleTtl: 1h, memoryReserve: 100000GB');
    await until('no idle agent', async () => (await pool()).ready === 0);
    expect((await pool()).memory).toMatchObject({ state: 'short', message: expect.stringContaining('pool.memoryReserve') });
    await until('the reason', async () => (await codes()).includes('memory-short'));
    expect(await codes()).not.toContain('pool-empty');
    const { body } = await api.post('/api/session/start', { userId: 'cid' });
    expect(body).toMatchObject({ status: 'waiting', position: 1, message: expect.stringContaining('no memory for another agent') });
    write('idleTtl: 1h');
    await until('a ready session', async () => (await api.get(`/api/session/${body.sessionId}`)).body.session.status === 'ready');
    await warm(3);
    await api.healthy();
  });
});
