import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { faultTime } from '../../core/base/test-times.js';
import { Host, type RestClient } from '../support/host.js';
import { alive, processesHolding, until } from '../support/processes.js';

/** Sends turns over several sessions until `count` of them are acknowledged, whatever happens meanwhile; gives their ids. */
async function burst(api: RestClient, sessions: readonly string[], count: number): Promise<string[]> {
  const acknowledged: string[] = [];
  await Promise.all(
    sessions.map(async (session, lane) => {
      for (let n = lane; n < count; n += sessions.length)
        acknowledged.push(
          await until('a turn to be taken', async () => {
            const { status, body } = await api.post(`/api/session/${session}/turns`, { text: `${n} * 3` });
            return status === 202 ? (body.turnId as string) : undefined;
          }),
        );
    }),
  );
  return acknowledged;
}

test.describe('kill -9 during turns loses no acknowledged turn and heals without help', () => {
  const host = new Host({ config: 'sessions: { startsPerMinute: 1000 }\n' });
  let api: RestClient;
  let sessions: string[];
  test.beforeAll(async () => {
    api = await host.up();
    sessions = [];
    for (let n = 0; n < 3; n++) sessions.push(await api.session(`user-${n}`));
  });
  test.afterAll(() => host.dispose());

  for (const victim of ['worker-turns', 'redis'] as const) {
    test(`of ${victim}`, async () => {
      const before = await api.process(victim);
      const sending = burst(api, sessions, 60);
      await new Promise((resolve) => setTimeout(resolve, 150));
      process.kill(before.pid, 'SIGKILL');
      const ids = await sending;
      await until(`${victim} to run again`, async () => {
        const now = await api.process(victim);
        return now.state === 'running' && now.pid !== before.pid;
      });
      const turns = await Promise.all(ids.map((id) => api.turn(id)));
      expect(turns.map((turn) => turn.status)).toEqual(ids.map(() => 'done'));
      await api.healthy();
      expect((await api.process(victim)).restarts).toBeGreaterThan(before.restarts);
    });
  }

  test('of the agent of a session', async () => {
    const session = sessions[0] ?? '';
    const { agentPid } = (await api.get(`/api/session/${session}`)).body.session;
    const sending = burst(api, sessions, 30);
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(agentPid, 'SIGKILL');
    const ids = await sending;
    const turns = await Promise.all(ids.map((id) => api.turn(id)));
    expect(turns.map((turn) => turn.status)).toEqual(ids.map(() => 'done'));
    // Where it had answered its last turn before, it is missed a moment later.
    await until('another agent', async () => {
      const after = (await api.get(`/api/session/${session}`)).body.session;
      return after.status === 'ready' && after.agentPid !== agentPid;
    });
    await api.healthy();
  });

  test('of an idle agent: the pool is full again and no corpse is handed out', async () => {
    // What the load before asked for on top of the three stays warm for a while.
    const full = () => expect.poll(async () => (await api.get('/api/health')).body.sessions.pool).toBeGreaterThanOrEqual(3);
    await full();
    const slots = (await api.get('/api/pool')).body.slots.filter((slot: { state: string }) => slot.state === 'ready');
    for (const slot of slots) process.kill(slot.pid, 'SIGKILL');
    const started = await api.post('/api/session/start', { userId: 'after-the-kill' });
    const id = started.body.sessionId;
    await until('a living agent', async () => {
      const { session } = (await api.get(`/api/session/${id}`)).body;
      return session.status === 'ready' && alive(session.agentPid);
    });
    await full();
  });

  test('a stopped worker makes health down with a reason, and start brings it back', async () => {
    await api.post('/api/processes/worker-turns/stop');
    await expect
      .poll(async () => (await api.get('/api/health')).body)
      .toMatchObject({ status: 'down', required: { worker: false }, reasons: [expect.objectContaining({ code: 'worker-down', process: 'worker-turns' })] });
    expect((await api.get('/health/ready')).status).toBe(503);
    await api.post('/api/processes/worker-turns/start');
    await api.healthy();
  });
});

test('SIGTERM stops everything and exits 0; a turn accepted before it is answered after the next start', async () => {
  const host = new Host();
  try {
    const api = await host.up();
    const session = await api.session('ann');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'hello' });
    expect(await host.end('SIGTERM')).toBe(0);
    expect(processesHolding(host.dataDir)).toEqual([]);
    const again = await host.up();
    expect((await again.turn(body.turnId)).status).toBe('done');
    expect((await again.get(`/api/session/${session}`)).body.session).toMatchObject({ userId: 'ann', turns: 1 });
    const next = await again.post(`/api/session/${session}/turns`, { text: '2 + 2' });
    expect((await again.turn(next.body.turnId)).status).toBe('done');
  } finally {
    await host.dispose();
  }
});

test('SIGKILL of Roost leaves no process behind and the next start loses nothing', async () => {
  const host = new Host();
  const bornMs = performance.now();
  try {
    const api = await host.up();
    const sessions = [await api.session('a'), await api.session('b')];
    const ids = await burst(api, sessions, 20);
    await host.end('SIGKILL');
    await until('every child to be gone', () => processesHolding(host.dataDir).length === 0, 10_000);
    const again = await host.up();
    const turns = await Promise.all(ids.map((id) => again.turn(id)));
    expect(turns.map((turn) => turn.status)).toEqual(ids.map(() => 'done'));
    const own = await until('the incident to be over', async () => {
      const { incidents } = (await again.get('/api/incidents')).body;
      return incidents.find((one: { status: string; trigger: { process: string } }) => one.trigger.process === 'roost' && one.status === 'resolved');
    });
    expect(own.recoveryMs).toBeGreaterThan(0);
    expect(own.recoveryMs).toBeLessThan(Math.min(performance.now() - bornMs, faultTime(120_000, 30_000)));
    const { incident } = (await again.get(`/api/incidents/${own.id}`)).body;
    expect(incident.trigger.message).toContain('Roost itself ended without a word');
    expect(incident.evidence[0].lines.join(' ')).toMatch(/It ran: .*redis/);
  } finally {
    await host.dispose();
  }
});

test('starts with a broken control.json, a torn ledger and a reused pid, and kills no stranger', async () => {
  const host = new Host();
  try {
    writeFileSync(join(host.dataDir, 'control.json'), '{"url": 7,');
    mkdirSync(join(host.dataDir, 'run'), { recursive: true });
    writeFileSync(join(host.dataDir, 'lock'), `{"pid": ${process.pid}, "startedAt": "1", "bootId": "x"}`);
    writeFileSync(
      join(host.dataDir, 'run/ledger.jsonl'),
      `{"kind":"start","name":"redis","pid":${process.pid},"startedAt":"1","bootId":"x","runId":"old"}\n{"torn`,
    );
    const api = await host.up();
    await api.healthy();
    expect(alive(process.pid)).toBe(true);
  } finally {
    await host.dispose();
  }
});

test('takes the next free port when the wished one is held', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const { port } = squatter.address() as { port: number };
  const host = new Host({ flags: ['--port', String(port)] });
  try {
    const api = await host.up();
    expect(new URL(api.control.url).port).not.toBe(String(port));
    await until('the holder to be named', () => host.stderr.includes(`pid ${process.pid}`));
  } finally {
    await host.dispose();
    squatter.close();
  }
});

test('a Redis binary that cannot be run is named in one sentence', async () => {
  const host = new Host({ env: { PATH: '/nonexistent', ROOST_REDIS_SERVER: '/nonexistent/redis-server' } });
  try {
    await expect(host.up()).rejects.toThrow(/redis-server/);
    expect(host.child?.exitCode).toBe(1);
    expect(host.stderr).toContain('roost: ROOST_REDIS_SERVER names /nonexistent/redis-server');
  } finally {
    await host.dispose();
  }
});

test('a second host on the same directory says that one is running and leaves it alone', async () => {
  const host = new Host();
  const second = new Host({ dataDir: host.dataDir });
  try {
    const api = await host.up();
    await expect(second.up()).rejects.toThrow(/ended with 0/);
    expect(second.stdout).toContain(`roost already running url=${api.control.url}`);
    await api.healthy();
  } finally {
    await host.dispose();
  }
});

/** None of one that has gone meanwhile. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

test('files of a run are for their owner only', async () => {
  const host = new Host();
  try {
    await host.up();
    const { statSync } = await import('node:fs');
    const open: string[] = [];
    const walk = (path: string): void => {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return;
      if ((stat.mode & 0o077) !== 0 && !stat.isSymbolicLink()) open.push(path);
      if (stat.isDirectory()) for (const name of namesIn(path)) walk(join(path, name));
    };
    walk(host.dataDir);
    expect(open).toEqual([]);
  } finally {
    await host.dispose();
  }
});
