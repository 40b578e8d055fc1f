import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, root } from '../support/host.js';
import { alive, descendants, processesHolding, takeAway, until } from '../support/processes.js';

/** A port nobody listens on at this moment; another program may be faster, so whoever takes it has to see that he got it. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** A program whose lines are kept. */
function launch(program: string, args: readonly string[], env: Record<string, string> = {}): { readonly child: ChildProcess; readonly text: () => string } {
  let text = '';
  const child = spawn(program, [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  return { child, text: () => text };
}

async function startRedis(dir: string): Promise<{ readonly redis: ReturnType<typeof launch>; readonly url: string }> {
  for (;;) {
    const port = await freePort();
    const redis = launch(process.env['ROOST_REDIS_SERVER'] ?? 'redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir]);
    await until('Redis', () => redis.text().includes('Ready to accept connections') || redis.child.exitCode !== null);
    if (redis.child.exitCode === null) return { redis, url: `redis://127.0.0.1:${port}` };
    if (!redis.text().includes('Address already in use')) throw new Error(redis.text());
  }
}

test('a worker on another machine serves a shared queue, is seen, is missed when it dies, and drains when asked', async () => {
  test.setTimeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), 'roost far-'));
  const { redis, url } = await startRedis(dir);
  const handlers = join(dir, 'handlers');
  mkdirSync(handlers);
  copyFileSync(join(root, 'e2e/fixtures/handlers/probe.ts'), join(handlers, 'probe.ts'));
  const host = new Host({
    config: `redis: { mode: external, url: "${url}" }\nqueues: { faraway: {} }\nhandlers: { folder: ${JSON.stringify(handlers)}, routes: {} }\n`,
  });
  const far = (): ReturnType<typeof launch> =>
    launch(
      process.execPath,
      [join(root, 'dist/main/far-worker.js'), '--queues', 'faraway', '--concurrency', '2', '--handlers', handlers, '--data-dir', join(dir, 'data')],
      { REDIS_URL: url },
    );
  let worker: ReturnType<typeof launch> | undefined;
  try {
    const api = await host.up();
    const seen = async () => (await api.get('/api/workers')).body.workers.filter((one: { machine: string | null }) => one.machine !== null);
    const add = async (data: object, more: object = {}): Promise<string> =>
      (await api.post('/api/queues/faraway/jobs', { name: 'probe', data, ...more })).body.id;
    const job = async (id: string) => (await api.get(`/api/jobs/faraway/${id}`)).body.job;
    const waiting = await add({ way: 'works' });
    await expect.poll(async () => (await api.get('/api/queues')).body.queues.faraway).toMatchObject({ unconsumed: true });

    worker = far();
    await until('the far worker', () => worker?.text().includes('roost worker ready'), 30_000).catch((error) => {
      throw new Error(`${String(error)}\n${worker?.text()}`);
    });
    await until('the waiting job to end', async () => (await job(waiting)).state === 'completed');
    await expect.poll(seen).toMatchObject([{ state: 'running', queues: [{ queue: 'faraway', slots: 2 }] }]);
    // The address, which may hold a password, goes to no child by argument or variable.
    const holding = processesHolding(url);
    expect(descendants(worker.child.pid ?? 0).filter((pid) => holding.includes(pid))).toEqual([]);

    const held = await add({ way: 'sleeps', forMs: 4_000 }, { attempts: 3 });
    await until('the job to run', async () => (await job(held)).state === 'active');
    worker.child.kill('SIGKILL');
    await until('the dead worker to be gone from the list', async () => (await seen()).length === 0, 60_000);
    worker = far();
    await until('its job to run again and end', async () => (await job(held)).state === 'completed', 60_000);

    const long = await add({ way: 'sleeps', forMs: 4_000 });
    await until('the job to run', async () => (await job(long)).state === 'active');
    const pid = worker.child.pid ?? 0;
    worker.child.kill('SIGTERM');
    await until('the worker to end', () => !alive(pid) && worker?.child.exitCode !== null);
    expect(worker.child.exitCode).toBe(0);
    expect((await job(long)).state).toBe('completed');
  } finally {
    worker?.child.kill('SIGKILL');
    await host.dispose();
    redis.child.kill('SIGKILL');
    takeAway(dir);
  }
});
