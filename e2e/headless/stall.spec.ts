import { expect, test } from '@playwright/test';
import { EchoModel } from '../support/echo-model.js';
import { Host } from '../support/host.js';
import { until } from '../support/processes.js';

test('a worker that stands still with a turn in hand is found within 40 s, replaced within 120 s, and loses nothing', async () => {
  const model = new EchoModel({ wordMs: () => 400 });
  const baseUrl = await model.listen();
  const config = `sessions: { startsPerMinute: 1000 }\nproviders: [{ name: echo, baseUrl: "${baseUrl}", model: echo }]\ncoordinator: { arms: { npc: { prior: 0.5 } } }\n`;
  const host = new Host({ config });
  let stopped = 0;
  try {
    const api = await host.up();
    const session = await api.session('ann');
    const before = await api.process('worker-turns');
    const ids: string[] = [];
    // The first is in hand when the worker stops, however late that is, and its agent has answered before it is replaced.
    for (const text of [`${'one two three four '.repeat(15)}please`, 'the second please', 'the third please'])
      ids.push((await api.post(`/api/session/${session}/turns`, { text })).body.turnId);
    await until('the first turn to run', async () => (await api.get(`/api/turns/${ids[0]}`)).body.turn.status === 'running');
    process.kill(before.pid, 'SIGSTOP');
    stopped = before.pid;
    const sinceMs = performance.now();
    const stoppedAtMs = Date.now();

    await until('the verdict', async () => (await api.process('worker-turns')).state !== 'running', 45_000);
    const verdictMs = performance.now() - sinceMs;
    await until('the replacement', async () => (await api.process('worker-turns')).state === 'running', 120_000);
    await api.healthy();
    const healedMs = performance.now() - sinceMs;
    console.log(`stalled worker: verdict after ${Math.round(verdictMs)} ms, healthy after ${Math.round(healedMs)} ms`);
    expect(verdictMs).toBeGreaterThan(25_000);
    expect(verdictMs).toBeLessThanOrEqual(40_000);
    expect(healedMs).toBeLessThanOrEqual(120_000);

    const turns = await Promise.all(ids.map((id) => api.turn(id)));
    expect(turns.map((turn) => turn.status)).toEqual(['done', 'done', 'done']);
    const { body } = await api.get('/api/processes');
    const worker = body.processes.find((one: { name: string }) => one.name === 'worker-turns');
    expect(worker).toMatchObject({ restarts: 1, manualRestarts: 0, restartsByCause: { stalled: 1 }, lastExit: { cause: 'stalled' } });
    expect(worker.lastExit.message).toContain(`turn ${ids[0]}`);
    expect(worker.statusAgeMs).toBeLessThan(30_000);
    const lines = async () => (await api.get('/api/processes/worker-turns/logs?lines=500')).body.lines.map((line: { text: string }) => line.text);
    await until('the evidence', async () => (await lines()).some((text: string) => text.startsWith('evidence: ')));
    // The story began when it stopped, not half a minute later when that was found.
    const incident = await until(
      'the end of the incident',
      async () => {
        const [summary] = (await api.get('/api/incidents')).body.incidents;
        return summary?.status === 'resolved' && (await api.get(`/api/incidents/${summary.id}`)).body.incident;
      },
      60_000,
    );
    // Its last sign came before it stopped; on a busy machine that is read a little later.
    expect(Math.abs(incident.beganAtMs - stoppedAtMs)).toBeLessThan(10_000);
    expect(incident.detectedAtMs - incident.beganAtMs).toBeGreaterThan(25_000);
    expect(incident.recoveryMs).toBeGreaterThan(incident.detectedAtMs - incident.beganAtMs);
    expect(incident.timeline[0]).toMatchObject({ kind: 'last-sign', process: 'worker-turns' });
    const metrics = async (): Promise<string> => (await api.get('/metrics')).body;
    await expect.poll(metrics).toContain('roost_process_restarts_total{process="worker-turns",cause="stalled"} 1');
    await expect.poll(metrics).toContain('roost_process_stalls_total{process="worker-turns"} 1');
  } finally {
    if (stopped !== 0) {
      try {
        process.kill(stopped, 'SIGCONT');
      } catch {
        // Ended, as it should.
      }
    }
    await host.dispose();
    model.close();
  }
});

test('after three crashes of Roost itself it starts in safe mode, says so, and a person leads it out', async () => {
  const host = new Host();
  try {
    for (let crash = 0; crash < 3; crash++) {
      const api = await host.up();
      await api.healthy();
      await host.end('SIGKILL');
    }
    const api = await host.up();
    await expect
      .poll(async () => (await api.get('/api/health')).body, { timeout: 60_000 })
      .toMatchObject({ status: 'degraded', reasons: [expect.objectContaining({ code: 'safe-mode', process: 'roost' })], sessions: { pool: 0, target: 0 } });
    // Degraded, not down: a session still gets its agent.
    const session = await api.session('ann');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: '2 + 2' });
    expect((await api.turn(body.turnId)).status).toBe('done');
    await api.post('/api/pool/resize', { size: 1 });
    await api.healthy();
    expect(await host.end('SIGTERM')).toBe(0);

    const again = await host.up();
    await again.healthy();
    await expect.poll(async () => (await again.get('/api/pool')).body.target).toBe(3);
  } finally {
    await host.dispose();
  }
});
