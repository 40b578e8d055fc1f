import { copyFileSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, root } from '../support/host.js';
import { until } from '../support/processes.js';

const config = 'handlers: { folder: ./handlers }\nlogs: { retention: 2d }\nqueues: { trends: { rate: { max: 1, every: 4s } } }\n';
const daysMs = 86_400_000;

test('the next start goes on with a cancel that was acknowledged, keeps the rates of the config, and clears old logs away', async () => {
  const host = new Host({ config, name: 'roost next start-' });
  try {
    mkdirSync(join(host.dataDir, 'handlers'));
    copyFileSync(join(root, 'e2e/fixtures/handlers/probe.ts'), join(host.dataDir, 'handlers/probe.ts'));
    const first = await host.up();
    const ledger = join(host.dataDir, 'ledger');
    const { id } = (await first.post('/api/queues/analysis/jobs', { name: 'probe', data: { way: 'loops', ledger } })).body;
    await until('the job to run', () => existsSync(ledger) && readFileSync(ledger, 'utf8').includes(`${id} 1 begin`));
    // It does not listen, and Roost dies before it is ended by force.
    expect((await first.post(`/api/jobs/analysis/${id}/cancel`)).body.status).toBe('cancelling');
    await host.end('SIGKILL');
    const old = join(host.dataDir, 'logs', 'long-gone.log.1');
    const kept = join(host.dataDir, 'logs', 'yesterday.log.1');
    for (const [path, days] of [
      [old, 3],
      [kept, 1],
    ] as const) {
      writeFileSync(path, 'x');
      const at = new Date(Date.now() - days * daysMs);
      utimesSync(path, at, at);
    }

    const api = await host.up();
    expect((await api.get(`/api/jobs/analysis/${id}`)).status).toBe(404);
    const ids: string[] = [];
    for (let n = 0; n < 2; n++) ids.push((await api.post('/api/queues/trends/jobs', { name: 'probe', data: { way: 'works' } })).body.id);
    const started: number[] = [];
    for (const one of ids) {
      const job = await until(`job ${one} to end`, async () => {
        const { job } = (await api.get(`/api/jobs/trends/${one}`)).body;
        return job?.state === 'completed' && job;
      });
      started.push(job.timeline.find(({ kind }: { kind: string }) => kind === 'started').atMs);
    }
    // One in four seconds, however quickly they come.
    expect(Math.max(...started) - Math.min(...started)).toBeGreaterThan(3_500);
    await until('the old log to be gone', () => !existsSync(old));
    expect(existsSync(kept)).toBe(true);
    // It was never begun again.
    expect(
      readFileSync(ledger, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(id)),
    ).toHaveLength(1);
  } finally {
    await host.dispose();
  }
});
