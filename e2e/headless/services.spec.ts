import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../support/fixture.js';
import { Host, type RestClient, root } from '../support/host.js';
import { freePort } from '../support/ports.js';
import { alive, until } from '../support/processes.js';

/** Services of the operator's: two that depend on each other, killed, edited while running, and edited wrongly. */

const httpService = JSON.stringify(join(root, 'e2e/fixtures/children/http-service.mjs'));
const speaks = JSON.stringify(join(root, 'e2e/fixtures/children/speaks.mjs'));
const node = JSON.stringify(process.execPath);

const config = (port: number, more = '') => `
pool: { size: 1 }
services:
  api:
    command: [${node}, ${httpService}, "${port}"]
    required: true
    dependsOn: [redis]
    ready: { http: "http://127.0.0.1:${port}/health", timeout: 20s }
    alive: { http: "http://127.0.0.1:${port}/health", every: 500ms, timeout: 4s, failures: 2 }
    ${more}
  gateway:
    command: [${node}, ${speaks}, "registered worker"]
    dependsOn: { api: healthy }
    ready: { log: "registered worker" }
`;

const reasons = async (api: RestClient) => (await api.get('/api/health')).body.reasons as { code: string; process: string; message: string }[];

test('two dependent services: killed, hung, edited and edited wrongly', async () => {
  const port = await freePort();
  const host = new Host({ config: config(port) });
  try {
    const api = await host.up();
    await api.healthy();
    const [first, gateway] = [await api.process('api'), await api.process('gateway')];
    expect(first).toMatchObject({ kind: 'service', state: 'running', restarts: 0 });
    expect(gateway).toMatchObject({ kind: 'service', state: 'running' });

    process.kill(first.pid, 'SIGKILL');
    const second = await until('a new api', async () => {
      const now = await api.process('api');
      return now.state === 'running' && now.pid !== first.pid && now;
    });
    await fetch(`http://127.0.0.1:${port}/mute`, { method: 'POST' });
    const third = await until(
      'a new api after the hang',
      async () => {
        const now = await api.process('api');
        return now.state === 'running' && now.pid !== second.pid && now;
      },
      60_000,
    );
    expect(alive(second.pid)).toBe(false);
    expect((await api.process('gateway')).pid).toBe(gateway.pid);

    // An edit of one service restarts that one.
    const before = (await api.get('/api/processes')).body.processes as { name: string; kind: string; pid: number }[];
    writeFileSync(join(host.dataDir, 'roost.yaml'), config(port, 'env: { EDITED: "1" }'));
    await until('the edited api', async () => {
      const now = await api.process('api');
      return now.state === 'running' && now.pid !== third.pid;
    });
    const after = (await api.get('/api/processes')).body.processes as { name: string; kind: string; pid: number }[];
    expect(after.filter(({ name }) => name !== 'api').map(({ name, pid }) => `${name} ${pid}`)).toEqual(
      before.filter(({ name }) => name !== 'api').map(({ name, pid }) => `${name} ${pid}`),
    );
    await api.healthy();
    // The name is the process: what it went through is not forgotten over an edit.
    const lately = { restartsByCause: { signal: 1, unresponsive: 1 }, mtbfMs: expect.any(Number) };
    await expect
      .poll(() => api.process('api'))
      .toMatchObject({ ...lately, restarts: 2, incarnation: third.incarnation + 1, lastExit: { cause: 'deliberate' } });

    // A mistake leaves the last good config in force and is said.
    const pids = after.map(({ name, pid }) => `${name} ${pid}`);
    writeFileSync(join(host.dataDir, 'roost.yaml'), config(port).replace('required: true', 'requird: true'));
    const reason = await until('the reason', async () => (await reasons(api)).find(({ code }) => code === 'config-invalid'));
    expect(reason.message).toContain('unknown key "services.api.requird"; did you mean "required"?');
    await expect.poll(async () => (await api.get('/api/health')).body.status).toBe('degraded');
    expect(((await api.get('/api/processes')).body.processes as { name: string; pid: number }[]).map(({ name, pid }) => `${name} ${pid}`)).toEqual(pids);
    expect((await api.process('gateway')).pid).toBe(gateway.pid);
    writeFileSync(join(host.dataDir, 'roost.yaml'), config(port, 'env: { EDITED: "1" }'));
    await until('the reason to go', async () => (await reasons(api)).every(({ code }) => code !== 'config-invalid'));

    // A required service that is stopped makes the stack down; its log can be read.
    await api.post('/api/processes/api/stop');
    await until('down', async () => (await api.get('/api/health')).body.status === 'down');
    await expect.poll(() => reasons(api)).toContainEqual(expect.objectContaining({ code: 'service-down', process: 'api' }));
    expect((await api.get('/api/processes/api/logs')).body.lines.some(({ text }: { text: string }) => text === 'listening')).toBe(true);
    await api.post('/api/processes/api/start');
    await api.healthy();
    const pid = (await api.process('api')).pid;
    expect(await host.end('SIGTERM')).toBe(0);
    expect([pid, gateway.pid].filter(alive)).toEqual([]);

    // Nor over a restart of Roost; what counts for one run begins anew.
    const again = await host.up();
    expect(await again.process('api')).toMatchObject({ ...lately, restarts: 0, manualRestarts: 0, manualRestartsToday: 1, manualRestartsWeek: 1 });
    const metrics = async (): Promise<string> => (await again.get('/metrics')).body;
    await expect.poll(metrics).toMatch(/^roost_process_manual_restarts_today\{process="api"\} 1$/m);
    await expect.poll(metrics).toMatch(/^roost_process_mtbf_seconds\{process="api"\} [\d.]+$/m);
  } finally {
    await host.dispose();
  }
});

test('pool, worker and coordinator follow an edit while a session goes on', async () => {
  const host = new Host({ config: 'pool: { size: 1 }' });
  try {
    const api = await host.up();
    await api.healthy();
    const session = await api.session('ada');
    const [worker, redis] = [await api.process('worker-turns'), await api.process('redis')];
    const file = join(host.dataDir, 'roost.yaml');

    const one = 'coordinator: { alpha: 3, arms: { knowledge: { prior: 0.5 } } }';
    writeFileSync(file, `pool: { size: 2 }\n${one}\n`);
    await until('two warm agents', async () => (await api.get('/api/pool')).body.ready >= 2, 60_000);
    await until('the new alpha', async () => (await api.get('/api/coordinator')).body.alpha === 3);
    // The worker that was there before decides by the new settings.
    for (const text of ['1+1', '2+2', '3+3']) {
      const { body } = await api.post(`/api/session/${session}/turns`, { text });
      expect((await api.turn(body.turnId)).arm).toBe('knowledge');
    }
    expect((await api.process('worker-turns')).pid).toBe(worker.pid);

    // Slots are changed in place; another worker is added beside it, other queues mean a fresh process, and what is named no more goes.
    const workers = (text: string): void => writeFileSync(file, `pool: { size: 2 }\n${one}\nworkers: { ${text} }\n`);
    const named = async (): Promise<string[]> =>
      (await api.get('/api/processes')).body.processes.filter(({ kind }: { kind: string }) => kind === 'worker').map(({ name }: { name: string }) => name);
    workers('turns: { queues: [turns, coach], concurrency: 3 }, mail: { queues: [mail], concurrency: 2 }');
    await until('the added worker', async () => (await api.process('worker-mail')).state === 'running', 60_000);
    expect(await named()).toContain('worker-mail');
    expect((await api.process('worker-turns')).pid).toBe(worker.pid);
    workers('turns: { queues: [turns], concurrency: 3 }, advice: { queues: [coach] }');
    await until(
      'a fresh worker',
      async () => {
        const now = await api.process('worker-turns');
        return now.state === 'running' && now.pid !== worker.pid && (await api.process('worker-advice')).state === 'running';
      },
      60_000,
    );
    await until('the removed worker to be gone', async () => !(await named()).includes('worker-mail'), 60_000);
    await api.healthy();
    expect((await api.process('redis')).pid).toBe(redis.pid);

    const idle = ((await api.get('/api/pool')).body.slots as { state: string; pid: number }[]).filter(({ state }) => state === 'ready').map(({ pid }) => pid);
    writeFileSync(file, `${readFileSync(file, 'utf8')}templates: { builtin: { builtin: true, initTimeout: 20s } }\n`);
    await until(
      'fresh idle agents',
      async () => {
        const now = (await api.get('/api/pool')).body;
        return now.ready >= 2 && now.slots.every(({ state, pid }: { state: string; pid: number }) => state !== 'ready' || !idle.includes(pid));
      },
      60_000,
    );
    expect((await api.get(`/api/session/${session}`)).body.session.status).toBe('ready');
    const created = await api.post(`/api/session/${session}/turns`, { text: '6*7' });
    expect((await api.turn(created.body.turnId)).status).toBe('done');
  } finally {
    await host.dispose();
  }
});

test('a broken file at the start: the last good one of the run before', async () => {
  const host = new Host({ config: 'pool: { size: 2 }' });
  try {
    await host.up();
    await host.end('SIGTERM');
    writeFileSync(join(host.dataDir, 'roost.yaml'), 'pol: { size: 2 }');
    const api = await host.up();
    expect((await api.get('/api/pool')).body.target).toBe(2);
    await expect.poll(async () => (await reasons(api)).map(({ code }) => code)).toContain('config-invalid');
  } finally {
    await host.dispose();
  }
});

test.describe('on the screen', () => {
  test.use({
    config: `pool: { size: 1 }\nservices:\n  gateway: { command: [${node}, ${speaks}, "registered worker"], required: true, ready: { log: registered } }\n`,
  });

  test('a service is listed, required, can be stopped and started, and has its log', async ({ door: { page, api } }) => {
    await api.healthy();
    await expect(page.getByRole('list', { name: 'Required' }).getByText('gateway')).toBeVisible();
    await page.getByRole('link', { name: 'Processes' }).click();
    const row = page.getByRole('row', { name: /gateway/ });
    await expect(row).toContainText('service · required');
    const { pid } = await api.process('gateway');
    await row.getByRole('button', { name: 'Restart gateway' }).click();
    await until('another pid', async () => {
      const now = await api.process('gateway');
      return now.state === 'running' && now.pid !== pid;
    });
    await row.getByRole('button', { expanded: false }).first().click();
    await expect(page.getByText('registered worker').first()).toBeVisible();
  });
});
