import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startMs } from '../support/desktop.js';
import { expect, log, test } from '../support/desktop-fixture.js';
import { root } from '../support/host.js';
import { alive, processesHolding, until } from '../support/processes.js';

/** The desktop app is a host like any other: it runs jobs in processes of their own and answers the command line. */

test.describe('with handlers', () => {
  test.use({ config: 'handlers: { folder: ./handlers, idleAfter: 5m }\n' });

  test('shipped and own ones run in processes of their own, a hard deadline ends them, and quit leaves none', async ({ desktop }) => {
    test.setTimeout(startMs);
    mkdirSync(join(desktop.dataDir, 'handlers'));
    copyFileSync(join(root, 'e2e/fixtures/handlers/probe.ts'), join(desktop.dataDir, 'handlers/probe.ts'));
    const api = await desktop.up();
    await api.healthy();
    const ended = (queue: string, id: string) =>
      until(
        `job ${id} to end`,
        async () => {
          const { job } = (await api.get(`/api/jobs/${queue}/${id}`)).body;
          return job?.state === 'completed' || job?.state === 'failed' ? job : undefined;
        },
        60_000,
      );
    const probe = async (data: object, more: object = {}): Promise<string> =>
      (await api.post('/api/queues/analysis/jobs', { name: 'probe', data, ...more })).body.id;

    const run = await api.post('/api/schedules/memory-cleanup/run');
    expect(run.status, JSON.stringify(run.body)).toBeLessThan(300);
    expect(await ended('maintenance', run.body.run.jobId)).toMatchObject({ state: 'completed', name: 'memory-cleanup' });

    const known = async (): Promise<boolean> => (await api.get('/api/handlers')).body.handlers.some((one: { name: string }) => one.name === 'probe');
    await until('the own handler', known, 60_000);
    expect(await ended('analysis', await probe({ way: 'asks' }))).toMatchObject({ state: 'completed', result: { health: 'healthy', foreign: 'none' } });

    const late = await ended('analysis', await probe({ way: 'spawns' }, { softMs: 3_000, hardMs: 6_000 }));
    expect(late).toMatchObject({ state: 'failed', attempts: 1, error: expect.stringMatching(/^deadline: .*hard deadline of 6 s/) });
    const grandchild = Number(/child (\d+)/.exec(late.logs.join('\n'))?.[1]);
    await until('the child of the job to be gone', () => !alive(grandchild));
    await api.healthy();

    // One in mid-job and idle ones: none outlives the app.
    const hanging = await probe({ way: 'listens' });
    await until('the job to run', async () => (await api.get(`/api/jobs/analysis/${hanging}`)).body.job.logLines > 0);
    const { pids } = (await api.get('/api/workers')).body.handlerProcesses;
    expect(pids.length).toBeGreaterThan(0);
    expect(pids.every(alive)).toBe(true);
    // It waits for the job in hand while the idle worker ends for good; asked once more, it hands the job back.
    await desktop.app.evaluate(({ app }) => app.quit());
    await expect.poll(() => log(desktop)).toMatch(/"a process ended","process":"worker-turns","cause":"deliberate"/);
    expect(await desktop.quit()).toBe(0);
    await expect.poll(() => pids.filter(alive)).toEqual([]);
    await expect.poll(() => processesHolding(desktop.dataDir)).toEqual([]);
  });
});

test('the command line talks to it', async ({ desktop, live: _live }) => {
  const roost = (...args: readonly string[]): Promise<{ code: number; stdout: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [join(root, 'dist/main/roost.js'), ...args], { env: { ...process.env, ROOST_DATA_DIR: desktop.dataDir } }, (error, stdout) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout }),
      );
    });
  const status = await roost('status');
  expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/^healthy/) });
  expect(status.stdout).toContain('3 of 3 warm');
  expect(status.stdout).toMatch(/worker-turns +running +\d+/);
  expect(JSON.parse((await roost('status', '--json')).stdout)).toMatchObject({ status: 'healthy', required: { redis: true, api: true, worker: true } });
});
