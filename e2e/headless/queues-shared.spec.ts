import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '../support/fixture.js';
import { Host, type RestClient } from '../support/host.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/processes.js';

/** Two nodes on one Redis: each sees the workers and the finished jobs of both, once. */

const consumers = async (api: RestClient): Promise<{ worker: string; here: boolean; state: string }[]> =>
  (await api.get('/api/queues/maintenance')).body.queue.workers;
const endedHere = async (api: RestClient): Promise<string[]> =>
  (await api.get('/api/history?queue=maintenance&limit=100')).body.records.map((one: { id: string }) => one.id).sort();

test('workers and jobs of another node are seen; one that dies is gone after its ten silent seconds; a lonely queue is told', async () => {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'roost-redis-'));
  const redis = spawn(
    process.env['ROOST_REDIS_SERVER'] ?? 'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir],
    { stdio: 'ignore' },
  );
  const config = `pool: { size: 0 }\nredis: { mode: external, url: "redis://127.0.0.1:${port}" }\nqueues: { lonely: {} }\n`;
  const [left, right] = [new Host({ config }), new Host({ config })];
  try {
    const [a, b] = [await left.up(), await right.up()];
    for (const api of [a, b]) {
      const seen = await until('a node to see both', async () => {
        const all = await consumers(api);
        return all.filter(({ state }) => state === 'running').length === 2 && all;
      });
      expect(seen.map(({ here }) => here).sort()).toEqual([false, true]);
    }

    const ids: string[] = [];
    for (let at = 0; at < 12; at++)
      ids.push((await a.post('/api/queues/maintenance/jobs', { name: 'command', data: { argv: [process.execPath, '-e', '0'] } })).body.id);
    for (const api of [a, b]) {
      await until('the history of all', async () => (await endedHere(api)).length >= ids.length, 60_000);
      expect(await endedHere(api)).toEqual([...ids].sort());
      await expect
        .poll(async () => (await api.get('/metrics')).body)
        .toMatch(/roost_jobs_total\{queue="maintenance",name="command",outcome="completed"\} 12\n/);
    }
    const ran = new Set((await a.get('/api/history?queue=maintenance&limit=100')).body.records.map((one: { node: string }) => one.node));
    expect(ran.size).toBeGreaterThan(0);

    await a.post('/api/queues/lonely/jobs', { name: 'command', data: { argv: ['true'] } });
    const lonely = await until('the warning', async () =>
      (await b.get('/api/health')).body.reasons.find((one: { code: string }) => one.code === 'queue-unconsumed'),
    );
    expect(lonely).toMatchObject({ process: 'lonely', message: '1 job is in lonely, but no worker consumes it.' });
    await expect.poll(async () => (await b.get('/api/queues/lonely')).body.queue).toMatchObject({ unconsumed: true, waiting: 1, clearMs: null });

    await right.end('SIGKILL');
    // Silent for ten seconds is gone; `presence` is measured where its clock can be.
    await until('the dead workers to be gone', async () => (await consumers(a)).length === 1, 60_000);
  } finally {
    await Promise.all([left.dispose(), right.dispose()]);
    redis.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
});
