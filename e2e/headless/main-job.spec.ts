import { expect, test } from '@playwright/test';
import { Host, type RestClient } from '../support/host.js';

/** The main job by REST alone, as the README shows it with curl. */
test.describe('main job over REST', () => {
  const host = new Host({ name: 'roost e2e Ünï ', config: 'coordinator: { feedbackWindow: 1s }\n' });
  let api: RestClient;
  const warm = () => expect.poll(async () => (await api.get('/api/health')).body.sessions.pool).toBeGreaterThanOrEqual(3);
  test.beforeAll(async () => {
    api = await host.up();
    await api.healthy();
    await warm();
  });
  test.afterAll(() => host.dispose());

  test('prints exactly one line when ready, and is healthy with three warm agents', async () => {
    expect(host.stdout.trim().split('\n')).toHaveLength(1);
    expect(host.stdout).toMatch(/^roost ready url=http:\/\/127\.0\.0\.1:\d+\/ data-dir=.+ pid=\d+\n$/);
    const { body } = await api.get('/api/health');
    expect(body).toMatchObject({ success: true, status: 'healthy', reasons: [], required: { redis: true, api: true, worker: true } });
    expect(body.sessions).toMatchObject({ pool: 3, target: 3 });
  });

  test('hands out a warm agent and gives the same session to the same user', async () => {
    const first = await api.post('/api/session/start', { userId: 'ann' });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ success: true, status: 'ready', prewarmed: true });
    const latencies = [first.body.latencyMs];
    // A moment in which the machine was busy with something else says nothing.
    for (let n = 1; n <= 2; n++) {
      await warm();
      latencies.push((await api.post('/api/session/start', { userId: `ann-${n}` })).body.latencyMs);
    }
    expect(Math.min(...latencies)).toBeLessThan(500);
    const again = await api.post('/api/session/start', { userId: 'ann' });
    expect(again.body).toMatchObject({ sessionId: first.body.sessionId, existing: true });
    const shown = await api.get(`/api/session/${first.body.sessionId}`);
    expect(shown.body.session).toMatchObject({ userId: 'ann', status: 'ready', template: 'builtin' });
    expect(shown.body.session.agentPid).toBeGreaterThan(1);
    await warm();
  });

  test('answers a turn, names the arm with its propensity, coaches, and takes feedback once', async () => {
    const session = await api.session('bob');
    const accepted = await api.post(`/api/session/${session}/turns`, { text: 'What is 12 * 34?' });
    expect(accepted.status).toBe(202);
    expect(accepted.body).toMatchObject({ success: true, status: 'queued', position: expect.any(Number), estimatedWaitMs: expect.any(Number) });
    const turn = await api.turn(accepted.body.turnId);
    expect(turn).toMatchObject({ status: 'done', error: null });
    expect(turn.text.length).toBeGreaterThan(0);
    expect(['npc', 'tools', 'knowledge']).toContain(turn.arm);
    expect(turn.propensity).toBeGreaterThan(0);
    expect(turn.propensity).toBeLessThanOrEqual(1);
    expect(turn.trace.map((span: { step: string }) => span.step)).toEqual(expect.arrayContaining(['queue', 'choose', 'agent']));
    await expect.poll(async () => (await api.get(`/api/turns/${accepted.body.turnId}`)).body.turn.suggestion).toBeTruthy();
    const rated = await api.post(`/api/turns/${accepted.body.turnId}/feedback`, { rating: 5 });
    expect(rated.body).toMatchObject({ success: true, recorded: true, reward: 1 });
    const twice = await api.post(`/api/turns/${accepted.body.turnId}/feedback`, { rating: 1 });
    expect(twice.body).toMatchObject({ recorded: false, reward: 1 });
    await expect.poll(async () => (await api.get('/api/coordinator')).body.settled).toBeGreaterThanOrEqual(1);
  });

  test('keeps the turns of one session in order, one at a time', async () => {
    const session = await api.session('cid');
    const ids: string[] = [];
    for (let n = 1; n <= 8; n++) ids.push((await api.post(`/api/session/${session}/turns`, { text: `${n} + ${n}` })).body.turnId);
    const turns = await Promise.all(ids.map((id) => api.turn(id)));
    for (const [index, turn] of turns.entries()) {
      expect(turn.status).toBe('done');
      const before = turns[index - 1];
      if (before !== undefined) expect(turn.startedAt).toBeGreaterThanOrEqual(before.endedAt);
    }
  });

  test('streams a turn as server-sent events that end', async () => {
    const session = await api.session('dan');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'hello there' });
    const response = await fetch(new URL(`/api/turns/${body.turnId}/events`, api.control.url), { headers: { authorization: `Bearer ${api.control.token}` } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const text = await response.text();
    expect(text).toContain('event: state');
    expect(text).toContain('"done"');
  });

  test('resizes the pool both ways and stops a session', async () => {
    test.setTimeout(240_000);
    expect((await api.post('/api/pool/resize', { size: 5 })).body).toMatchObject({ success: true, target: 5 });
    // What the turns before asked for beside the pool stays warm for a minute, and ends a moment after it.
    await expect.poll(async () => (await api.get('/api/health')).body.sessions.pool).toBeGreaterThanOrEqual(5);
    await api.post('/api/pool/resize', { size: 3 });
    await expect.poll(async () => (await api.get('/api/health')).body.sessions.pool, { timeout: 120_000 }).toBe(3);
    const session = await api.session('eve');
    expect((await api.post('/api/session/stop', { sessionId: session })).body).toMatchObject({ success: true });
    expect((await api.post('/api/session/stop', { sessionId: session })).body).toMatchObject({ success: true });
    await expect.poll(async () => (await api.get(`/api/session/${session}`)).body.session.status).toBe('ended');
  });

  test('lists, logs and metrics', async () => {
    const { body } = await api.get('/api/processes');
    const names = body.processes.map((one: { name: string }) => one.name);
    expect(names).toEqual(expect.arrayContaining(['redis', 'worker-turns']));
    const logs = await api.get('/api/processes/redis/logs?lines=5000');
    expect(logs.body.lines.some((line: { text: string }) => /ready to accept connections/i.test(line.text))).toBe(true);
    for (const name of [
      'roost_process_up{process="redis"} 1',
      'roost_pool_target 3',
      'coordinator_bandit_phase{phase="warmup_early"} 1',
      'roost_queue_waiting{queue="turns"}',
    ]) {
      await expect.poll(async () => (await api.get('/metrics')).body).toContain(name);
    }
    await api.session('lil');
    expect((await api.get('/api/sessions')).body.sessions.length).toBeGreaterThan(0);
    await expect.poll(async () => (await fetch(new URL('/health/ready', api.control.url), { headers: { connection: 'close' } })).status).toBe(200);
    expect((await fetch(new URL('/health/live', api.control.url), { headers: { connection: 'close' } })).status).toBe(200);
  });

  test('refuses bad input by name and stores nothing', async () => {
    const session = await api.session('fay');
    const before = (await api.get(`/api/session/${session}`)).body.session.turns;
    const cases: readonly [string, string, unknown, number, string][] = [
      ['POST', '/api/session/start', {}, 400, 'userId'],
      ['POST', '/api/session/start', { userId: null }, 400, 'userId'],
      ['POST', '/api/session/start', { userId: 'a b' }, 400, 'userId'],
      ['POST', '/api/session/start', { userId: 'x'.repeat(5_000) }, 400, 'userId'],
      ['POST', '/api/session/start', { userId: 'x', template: 'ghost' }, 400, 'template'],
      ['POST', '/api/session/start', { userId: 'x', tier: 'gold' }, 400, 'tier'],
      ['POST', `/api/session/${session}/turns`, { text: null }, 400, 'text'],
      ['POST', `/api/session/${session}/turns`, { text: 7 }, 400, 'text'],
      ['POST', `/api/session/${session}/turns`, { text: '   ' }, 400, 'text'],
      ['POST', `/api/session/${session}/turns`, { text: 'a\ud800b' }, 400, 'text'],
      ['POST', `/api/session/${session}/turns`, { text: 'ok', priority: 99 }, 400, 'priority'],
      ['POST', `/api/session/${session}/turns`, { text: 'ok', nope: 1 }, 400, 'nope'],
      ['POST', '/api/pool/resize', { size: 'three' }, 400, 'size'],
      ['POST', '/api/pool/resize', { size: -1 }, 400, 'size'],
      ['POST', '/api/turns/none/feedback', { rating: 6 }, 400, 'rating'],
    ];
    for (const [method, path, body, status, field] of cases) {
      const answer = await api.call(method, path, body);
      expect([answer.status, answer.body.success, answer.body.error.field], `${path} ${JSON.stringify(body).slice(0, 80)}`).toEqual([status, false, field]);
    }
    expect((await api.call('POST', '/api/session/start', 'null')).status).toBe(400);
    expect((await api.call('POST', '/api/session/start', '{"userId":')).status).toBe(400);
    expect((await api.call('POST', `/api/session/${session}/turns`, { text: 'x'.repeat(300_000) })).status).toBe(413);
    for (const path of ['/api/session/none', '/api/turns/none', '/api/processes/none/logs', '/api/none']) expect((await api.get(path)).status, path).toBe(404);
    expect((await api.post('/api/processes/none/restart')).status).toBe(404);
    expect((await api.get(`/api/session/${session}`)).body.session.turns).toBe(before);
  });

  test('refuses wrong token, foreign Host and Origin before anything else', async () => {
    const url = new URL('/api/health', api.control.url);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: `Bearer ${'x'.repeat(43)}` } })).status).toBe(401);
    expect((await api.call('GET', '/api/health', undefined, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await api.call('GET', '/api/health', undefined, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await api.call('POST', '/api/session/start', '{"userId":"a"}', { 'content-type': 'text/plain' })).status).toBe(415);
  });
});
