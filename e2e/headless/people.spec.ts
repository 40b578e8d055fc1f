import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, type RestClient } from '../support/host.js';
import { until } from '../support/processes.js';

const voice = "console.log('registered worker in ' + process.env.ROOST_ROOM); setInterval(() => {}, 1000)";
const config = `
templates:
  builtin: { builtin: true }
  voice: { protocol: none, command: [node, -e, ${JSON.stringify(voice)}], ready: { log: registered worker }, warm: 1 }
  broken: { command: [/no/such/program] }
pool: { size: 2, capacity: 3 }
sessions: { startsPerMinute: 1000, archiveAfterTurns: 3 }
tiers: { free: { turnsPerDay: 6 } }
coordinator: { arms: { npc: { prior: 0.7 } } }
`;

test.describe('sessions that can be trusted', () => {
  test.describe.configure({ mode: 'serial' });
  const host = new Host({ config });
  let api: RestClient;
  let ann: string;
  test.beforeAll(async () => {
    api = await host.up();
    ann = (await api.post('/api/session/start', { userId: 'ann' })).body.sessionId;
  });
  test.afterAll(() => host.dispose());

  const ask = async (session: string, text: string) => api.turn((await api.post(`/api/session/${session}/turns`, { text })).body.turnId);

  test('a session goes on with what was said when its agent is killed, and says so', async () => {
    expect((await ask(ann, 'my name is Ann')).status).toBe('done');
    const { agentPid, agentId } = (await api.get(`/api/session/${ann}`)).body.session;
    process.kill(agentPid, 'SIGKILL');
    await until('another agent', async () => {
      const { session } = (await api.get(`/api/session/${ann}`)).body;
      return session.status === 'ready' && session.agentId !== agentId;
    });
    const turn = await ask(ann, 'what is my name?');
    expect(turn.text).toContain('Ann');
    expect(turn.note).toMatch(/^A fresh agent, agent-\d+, goes on with this session: .*SIGKILL.* It was told the last exchange\.$/);
  });

  test('the turns of a day land softly, and old turns are read back from the archive', async () => {
    for (let n = 3; n <= 4; n++)
      expect((await api.post(`/api/session/${ann}/turns`, { text: `${n} * 7` })).body.quota).toMatchObject({ used: n, warning: null });
    const fifth = await api.post(`/api/session/${ann}/turns`, { text: '5 * 7' });
    expect(fifth.body.quota).toMatchObject({ left: 1, warning: expect.stringContaining('1 of 6 turns of today is left') });
    const sixth = await api.post(`/api/session/${ann}/turns`, { text: '6 * 7' });
    const refused = await api.post(`/api/session/${ann}/turns`, { text: 'one more' });
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'quota-exceeded', details: { limit: 6, used: 6, left: 0 } } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await api.turn(sixth.body.turnId);
    await until(
      'the archive',
      async () =>
        existsSync(join(host.dataDir, 'archive', `${ann}.jsonl`)) &&
        readFileSync(join(host.dataDir, 'archive', `${ann}.jsonl`), 'utf8').split('\n').length === 3,
    );
    const { turns, total } = (await api.get(`/api/session/${ann}/history`)).body;
    expect(total).toBe(6);
    expect(turns.map(({ prompt }: { prompt: string }) => prompt)).toEqual(['my name is Ann', 'what is my name?', '3 * 7', '4 * 7', '5 * 7', '6 * 7']);
    const { quotas } = (await api.get('/api/quotas')).body;
    expect(quotas.find(({ userId }: { userId: string }) => userId === 'ann')).toMatchObject({ used: 6, left: 0 });
  });

  test('a voice session is a room; without LiveKit there is no token, and it says what is missing', async () => {
    const warm = async (): Promise<boolean> =>
      (await api.get('/api/pool')).body.slots.some((slot: { template: string; state: string }) => slot.template === 'voice' && slot.state === 'ready');
    await until('a warm voice', warm);
    const started = (await api.post('/api/session/start', { userId: 'vera', template: 'voice' })).body;
    expect(started).toMatchObject({ status: 'ready', prewarmed: true });
    const { session } = (await api.get(`/api/session/${started.sessionId}`)).body;
    const { lines } = (await api.get(`/api/session/${started.sessionId}/logs`)).body;
    expect(lines.join('\n')).toContain(`registered worker in ${session.room}`);
    expect(await api.post('/api/token', { sessionId: started.sessionId, identity: 'vera' })).toMatchObject({
      status: 501,
      body: { error: { code: 'livekit-not-configured' } },
    });
  });

  test('past the places there is a line with position and estimate, and a template that does not start takes nobody down', async () => {
    const broken = (await api.post('/api/session/start', { userId: 'unlucky', template: 'broken' })).body.sessionId;
    await until('the error', async () => (await api.get(`/api/session/${broken}`)).body.session.status === 'error');
    const stuck = (await api.post(`/api/session/${broken}/turns`, { text: 'hello' })).body.turnId;
    const third = (await api.post('/api/session/start', { userId: 'third', tier: 'pro' })).body.sessionId;
    for (let n = 0; n < 5; n++) expect((await ask(third, `${n} + 1`)).status).toBe('done');
    expect((await api.get(`/api/turns/${stuck}`)).body.turn.status).toBe('queued');
    const fourth = await api.post('/api/session/start', { userId: 'fourth' });
    expect(fourth).toMatchObject({ status: 202, body: { status: 'waiting', position: 1, estimatedWaitMs: expect.any(Number) } });
    const fifth = (await api.post('/api/session/start', { userId: 'fifth' })).body;
    expect(fifth.position).toBe(2);
    await api.post('/api/session/stop', { sessionId: third });
    await until('the place', async () => (await api.get(`/api/session/${fourth.body.sessionId}`)).body.session.status === 'ready');
    await expect.poll(async () => (await api.get(`/api/session/${fifth.sessionId}`)).body.session).toMatchObject({ status: 'waiting', position: 1 });
  });

  test('what people met is in the figures', async () => {
    const figures = async (): Promise<Record<string, number>> => {
      const lines = ((await api.get('/metrics')).body as string).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
    };
    // What the screen shows, and what is measured once a second, follows by a moment.
    await expect.poll(figures).toMatchObject({
      roost_session_line: 1,
      'roost_turns_refused_total{tier="free",reason="quota"}': 1,
      'roost_session_starts_waiting_total{reason="places"}': 2,
      'roost_approvals_total{decision="denied"}': 0,
    });
    const now = await until('the memory of the pool', async () => {
      const all = await figures();
      return (all['roost_pool_memory_bytes{kind="used"}'] ?? 0) > 0 && all;
    });
    expect(now['roost_session_start_seconds_count{prewarmed="true"}']).toBeGreaterThanOrEqual(2);
    expect(now['roost_session_start_seconds_count{prewarmed="false"}']).toBeGreaterThanOrEqual(0);
  });
});
