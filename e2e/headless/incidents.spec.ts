import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, expect, test } from '@playwright/test';
import { faultTime } from '../../core/base/test-times.js';
// @ts-expect-error plain JavaScript of the set-up scripts, shared so that both find the same browser
import { findChromium } from '../../scripts/lib/setup.mjs';
import { browserArgs } from '../support/fixture.js';
import { Host, type RestClient } from '../support/host.js';
import { longTurn, patientConfig } from '../support/patient-agent.js';
import { until } from '../support/processes.js';

const cancelled = async (api: RestClient, turnId: string): Promise<void> => {
  await until('the turn to be cancelled', async () => (await api.call('DELETE', `/api/turns/${turnId}`)).status === 200);
  expect((await api.turn(turnId)).status).toBe('cancelled');
};

const resolved = (api: RestClient, count: number) =>
  until(
    `${count} incidents to be over`,
    async () => {
      const { incidents } = (await api.get('/api/incidents')).body;
      return incidents.length === count && incidents.every((one: { status: string }) => one.status === 'resolved') ? incidents : undefined;
    },
    60_000,
  );

test.describe('every disturbance is one record', () => {
  // Each counts on those before it.
  test.describe.configure({ mode: 'serial' });
  const host = new Host({ config: patientConfig(2) });
  let api: RestClient;
  let session: string;
  test.beforeAll(async () => {
    api = await host.up();
    session = await api.session('ada');
  });
  test.afterAll(() => host.dispose());

  test('kill -9 of Redis while a turn runs: one incident with its recovery time and the job it touched', async () => {
    const turnId = await longTurn(api, session);
    await until('the worker to tell what it holds', async () =>
      (await api.get('/api/workers')).body.workers.some(({ jobs }: { jobs: readonly unknown[] }) => jobs.length > 0),
    );
    process.kill((await api.process('redis')).pid, 'SIGKILL');
    const [incident] = await resolved(api, 1);
    expect(incident).toMatchObject({ trigger: { process: 'redis', cause: 'signal' }, restarts: 1, jobs: { inHand: 1 } });
    expect(incident.recoveryMs).toBeGreaterThan(0);
    expect(incident.recoveryMs).toBeLessThan(faultTime(40_000, 8_000));
    const whole = (await api.get(`/api/incidents/${incident.id}`)).body.incident;
    expect(whole.evidence[0]).toMatchObject({ process: 'redis', exit: { signal: 'SIGKILL' } });
    expect(whole.timeline.map((step: { kind: string }) => step.kind)).toEqual(expect.arrayContaining(['down', 'restart', 'up', 'resolved']));
    await expect.poll(async () => (await api.get('/metrics')).body).toMatch(/roost_recovery_seconds_count\{cause="signal"\} 1/);
    await cancelled(api, turnId);
  });

  test('kill -9 of the worker with a job in hand: the job is counted as back in line', async () => {
    const turnId = await longTurn(api, session);
    process.kill((await api.process('worker-turns')).pid, 'SIGKILL');
    const [incident] = await resolved(api, 2);
    expect(incident).toMatchObject({ trigger: { process: 'worker-turns' }, jobs: { requeued: 1, setAside: 0 } });
    await cancelled(api, turnId);
    expect((await api.get('/api/incidents/none')).status).toBe(404);
  });

  test('they are on disk and there again after a restart, on the screen as well', async () => {
    const before = (await api.get('/api/incidents')).body.incidents;
    expect(await host.end('SIGTERM')).toBe(0);
    expect(readFileSync(join(host.dataDir, 'incidents.jsonl'), 'utf8')).toContain(before[0].id);
    api = await host.up();
    expect((await api.get('/api/incidents')).body.incidents).toEqual(before);
    // The screen said "Nothing has gone wrong".
    const browser = await chromium.launch({ executablePath: findChromium(), args: browserArgs });
    try {
      const page = await browser.newPage();
      await page.goto((await api.post('/api/ticket')).body.url);
      await expect(page.getByText('Healthy').first()).toBeVisible();
      await page.goto(new URL('#/incidents', page.url()).href);
      await expect(page.getByText(`${before.length} disturbances`)).toBeVisible();
    } finally {
      await browser.close();
    }
  });
});

test.describe('backup and restore', () => {
  const host = new Host({ config: patientConfig(2) });
  test.afterAll(() => host.dispose());

  test('bring every session and turn back after everything was wiped, under the running host and at a start that refuses', async () => {
    let api = await host.up();
    const sessions = [await api.session('ada'), await api.session('bob')];
    const turns: string[] = [];
    for (const id of sessions) for (const text of ['one', 'two']) turns.push((await api.post(`/api/session/${id}/turns`, { text })).body.turnId);
    for (const id of turns) expect((await api.turn(id)).status).toBe('done');
    const { backup } = (await api.post('/api/backup')).body;
    expect(backup).toMatchObject({ reason: 'by-hand', verifiedBy: 'redis-check-aof' });

    // What came after the backup is gone after it; what was before is there, and everything works on.
    const later = await api.session('later');
    expect((await api.post('/api/restore', { file: 'redis-2020-01-01T00-00-00-000Z' })).status).toBe(400);
    const restored = await api.post('/api/restore', { file: backup.name });
    expect(restored).toMatchObject({ status: 200, body: { success: true } });
    expect(existsSync(restored.body.setAside)).toBe(true);
    expect((await api.get(`/api/session/${later}`)).status).toBe(404);
    await api.healthy();
    const check = async (): Promise<void> => {
      for (const id of turns) expect((await api.get(`/api/turns/${id}`)).body.turn).toMatchObject({ status: 'done', text: expect.stringMatching(/^echo /) });
      for (const id of sessions) {
        expect((await api.get(`/api/session/${id}`)).body.session).toMatchObject({ turns: 2 });
        const next = await api.post(`/api/session/${id}/turns`, { text: 'again' });
        expect((await api.turn(next.body.turnId)).status).toBe('done');
      }
    };
    await check();
    // A planned stop is no disturbance.
    expect((await api.get('/api/incidents')).body.incidents).toEqual([]);

    expect(await host.end('SIGTERM')).toBe(0);
    rmSync(join(host.dataDir, 'redis'), { recursive: true });
    const ready = host.up();
    api = await until('the door', () => host.client());
    await until('Redis to refuse', async () => (await api.process('redis')).state === 'failed');
    await expect
      .poll(async () => (await api.get('/api/health')).body.reasons)
      .toContainEqual(expect.objectContaining({ code: 'redis-down', message: expect.stringMatching(/RECOVERY: .*roost restore/) }));
    expect((await api.get('/api/backups')).body.items.map(({ name }: { name: string }) => name)).toContain(backup.name);
    expect((await api.post('/api/restore', { file: backup.name })).status).toBe(200);
    api = await ready;
    await api.healthy();
    await check();
  });
});
