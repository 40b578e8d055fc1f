import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../support/fixture.js';
import { Host, type RestClient } from '../support/host.js';
import { alive, until } from '../support/processes.js';

/** Queues and jobs in a person's hands: looked at, searched, stopped, tried again, cleaned, and remembered over a restart. */

const config = 'pool: { size: 1 }\nsessions: { startsPerMinute: 100 }\n';
const node = (script: string) => ({ name: 'command', data: { argv: [process.execPath, '-e', script] } });

const add = async (api: RestClient, job: object, queue = 'maintenance'): Promise<string> => {
  const { status, body } = await api.post(`/api/queues/${queue}/jobs`, job);
  expect([status, body]).toEqual([201, expect.objectContaining({ queue })]);
  return body.id;
};
const job = async (api: RestClient, id: string, queue = 'maintenance') => (await api.get(`/api/jobs/${queue}/${id}`)).body.job;
const inState = (api: RestClient, id: string, state: string, queue = 'maintenance') =>
  until(
    `job ${id} to be ${state}`,
    async () => {
      const found = await job(api, id, queue);
      return found?.state === state ? found : undefined;
    },
    60_000,
  );
const history = async (api: RestClient, query: string): Promise<{ id: string; outcome: string; name: string; errorCode: string | null }[]> =>
  (await api.get(`/api/history?${query}`)).body.records;

test('a queue from the outside: pause, look, search, cancel, retry, clean, remember', async () => {
  const host = new Host({ config });
  try {
    let api = await host.up();
    await api.healthy();

    await test.step('paused: everything waits, and everybody is told', async () => {
      expect((await api.post('/api/queues/maintenance/pause')).body.paused).toEqual(['maintenance']);
      expect((await api.post('/api/queues/maintenance/pause')).body.paused).toEqual([]);
      const reason = () =>
        until('the reason', async () => (await api.get('/api/health')).body.reasons.find((one: { code: string }) => one.code === 'queue-paused'));
      expect(await reason()).toMatchObject({ process: 'maintenance' });
    });

    const ids: string[] = [];
    await test.step('jobs are browsed, searched, promoted and cancelled while they wait', async () => {
      for (const word of ['emu', 'kiwi', 'rhea']) ids.push(await add(api, node(`console.log('${word}')`)));
      const later = await add(api, { ...node('0'), delayMs: 3_600_000 });
      const page = (await api.get('/api/queues/maintenance/jobs?state=waiting&pageSize=2')).body;
      expect([page.total, page.jobs.map((one: { id: string }) => one.id)]).toEqual([3, ids.slice(0, 2)]);
      const found = (await api.get('/api/queues/maintenance/jobs?search=KIWI')).body;
      expect([found.jobs.map((one: { id: string }) => one.id), found.searched]).toEqual([[ids[1]], { looked: 3, of: 3, next: null }]);
      const wrong = await api.post(`/api/jobs/maintenance/${ids[0]}/promote`);
      expect([wrong.status, wrong.body.error.code, wrong.body.error.message]).toEqual([409, 'conflict', expect.stringContaining('it is waiting')]);
      expect((await api.post(`/api/jobs/maintenance/${later}/promote`)).status).toBe(200);
      expect((await job(api, later)).state).toBe('waiting');
      expect((await api.post(`/api/jobs/maintenance/${later}/cancel`)).body).toMatchObject({ success: true, status: 'cancelled' });
      expect((await api.get(`/api/jobs/maintenance/${later}`)).status).toBe(404);
      await until('the history of it', async () => (await history(api, 'outcome=cancelled')).some(({ id }) => id === later));
    });

    await test.step('resumed: they run, and are counted once', async () => {
      expect((await api.post('/api/queues/maintenance/resume')).body.resumed).toEqual(['maintenance']);
      for (const id of ids) expect(await inState(api, id, 'completed')).toMatchObject({ name: 'command', attempts: 1, error: null });
      expect(JSON.stringify((await job(api, ids[1] ?? '')).result)).toContain('kiwi');
      const board = async () => (await api.get('/api/queues/maintenance')).body.queue;
      await expect.poll(board).toMatchObject({
        paused: false,
        unconsumed: false,
        waiting: 0,
        names: expect.arrayContaining([expect.objectContaining({ name: 'command', completed: 3 })]),
        workers: [{ here: true, state: 'running', concurrency: 2 }],
      });
      expect((await board()).names.find(({ name }: { name: string }) => name === 'command').run.p95).toBeGreaterThan(0);
      await expect.poll(async () => (await api.get('/metrics')).body).toMatch(/roost_jobs_total\{queue="maintenance",name="command",outcome="completed"\} 3/);
      await api.healthy();
    });

    await test.step('an active job is told to stop, and nothing of it is left', async () => {
      const long = await add(api, {
        ...node(`require('node:fs').writeFileSync('${join(host.dataDir, 'pid')}', String(process.pid)); setInterval(() => {}, 1000)`),
        attempts: 3,
      });
      await inState(api, long, 'active');
      const pid = await until('its process', () => Number(readFileSync(join(host.dataDir, 'pid'), 'utf8')) || undefined);
      expect(alive(pid)).toBe(true);
      expect((await api.post(`/api/jobs/maintenance/${long}/remove`)).body.error.message).toContain('it is active');
      expect((await api.post(`/api/jobs/maintenance/${long}/cancel`)).status).toBe(202);
      await until('its process to be gone', () => !alive(pid));
      const record = await until('its end', async () => (await history(api, 'outcome=cancelled')).find(({ id }) => id === long));
      expect(record).toMatchObject({ name: 'command', outcome: 'cancelled' });
    });

    await test.step('a failed job is opened, retried and removed', async () => {
      const bad = await add(api, { ...node('console.error("no feed answers"); process.exit(3)'), attempts: 1 });
      const failed = await inState(api, bad, 'failed');
      expect(failed.timeline.map((step: { kind: string }) => step.kind)).toEqual(['added', 'started', 'failed']);
      await expect.poll(async () => (await job(api, bad)).tries).toMatchObject([{ attempt: 1, worker: expect.stringContaining('worker-jobs') }]);
      expect((await api.post(`/api/jobs/maintenance/${bad}/retry`)).status).toBe(200);
      await until('the second failure', async () => (await history(api, 'outcome=failed&name=command')).filter(({ id }) => id === bad).length === 2);
      await inState(api, bad, 'failed');
      expect((await api.post('/api/queues/maintenance/retry-failed', { name: 'other' })).body).toMatchObject({ retried: 0, left: 2 });
      expect((await api.post('/api/queues/maintenance/retry-failed')).body).toMatchObject({ retried: 1, skipped: 1 });
      await inState(api, bad, 'failed');
      const copy = await api.post(`/api/jobs/maintenance/${bad}/duplicate`, { data: { argv: 7 } });
      expect([copy.status, copy.body.error.field]).toEqual([400, 'argv']);
      expect((await api.post(`/api/jobs/maintenance/${bad}/duplicate`, node('0'))).status).toBe(400);
      const twin = await api.post(`/api/jobs/maintenance/${bad}/duplicate`, { data: node('0').data });
      expect(twin.status).toBe(201);
      await inState(api, twin.body.id, 'completed');
      expect((await api.post(`/api/jobs/maintenance/${bad}/remove`)).status).toBe(200);
      expect((await api.post('/api/queues/maintenance/clean', { state: 'completed', limit: 2 })).body).toMatchObject({ removed: 2 });
    });

    await test.step('a turn is cancelled as a turn, and its session goes on', async () => {
      const session = await api.session('ada');
      await api.post('/api/queues/turns/pause');
      const [first, second] = [
        await api.post(`/api/session/${session}/turns`, { text: '6 * 7' }),
        await api.post(`/api/session/${session}/turns`, { text: '7 * 8' }),
      ];
      await until('the job of the turn', async () => (await api.get(`/api/jobs/turns/${first.body.turnId}`)).status === 200);
      expect((await api.post(`/api/jobs/turns/${first.body.turnId}/remove`)).status).toBe(409);
      expect((await api.post(`/api/jobs/turns/${first.body.turnId}/retry`)).status).toBe(409);
      expect((await api.post(`/api/jobs/turns/${first.body.turnId}/cancel`)).body.status).toBe('cancelled');
      expect((await api.get(`/api/turns/${first.body.turnId}`)).body.turn.status).toBe('cancelled');
      await api.post('/api/queues/resume');
      expect((await api.turn(second.body.turnId)).status).toBe('done');
      await until('the last line of the history', async () => (await history(api, 'queue=coach')).some(({ id }) => id === `coach-${second.body.turnId}`));
      await until('its own job', async () => (await history(api, 'queue=turns')).some(({ id }) => id === second.body.turnId));
    });

    await test.step('rubbish is refused by field, unknown things by name', async () => {
      const answers = await Promise.all([
        api.get('/api/queues/nowhere'),
        api.get('/api/queues/maintenance/jobs?state=gone'),
        api.get('/api/queues/maintenance/jobs?pageSize=9999'),
        api.post('/api/queues/maintenance/jobs', { name: 'nobody' }),
        api.post('/api/queues/maintenance/jobs', { name: 'turn', data: { turnId: 'x', sessionId: 'y' } }),
        api.post('/api/queues/maintenance/clean', { state: 'active' }),
        api.post('/api/jobs/maintenance/nobody/retry'),
        api.get('/api/history?cursor=..%2F..'),
        api.get('/api/history?outcome=perhaps'),
      ]);
      expect(answers.map(({ status, body }) => [status, body.error.field])).toEqual([
        [404, 'queue'],
        [400, 'state'],
        [400, 'pageSize'],
        [400, 'name'],
        [400, 'name'],
        [400, 'state'],
        [404, 'id'],
        [400, 'cursor'],
        [400, 'outcome'],
      ]);
    });

    await test.step('every act is in the audit log', async () => {
      const acts = new Set((await api.get('/api/audit?limit=200')).body.entries.map((entry: { act: string }) => entry.act));
      for (const act of [
        'queue.pause',
        'queue.resume',
        'queue.retry-failed',
        'queue.clean',
        'job.add',
        'job.cancel',
        'job.retry',
        'job.remove',
        'job.promote',
        'job.duplicate',
      ])
        expect(acts).toContain(act);
    });

    await test.step('all of it survives a restart, with a paused queue and all', async () => {
      await api.post('/api/queues/trends/pause');
      const before = (await history(api, 'limit=500')).length;
      const totals = (await api.get('/api/queues/maintenance')).body.hours;
      expect(before).toBeGreaterThan(8);
      expect(await host.end()).toBe(0);
      api = await host.up();
      expect((await history(api, 'limit=500')).length).toBe(before);
      expect((await api.get('/api/queues/maintenance')).body.hours).toEqual(totals);
      expect((await api.get('/api/queues/trends')).body.queue.paused).toBe(true);
    });
  } finally {
    await host.dispose();
  }
});

test.describe('on the screen', () => {
  test.use({ config });

  test('a person finds a failed job, reads why, runs it again and clears up', async ({ door: { page, api } }) => {
    await api.healthy();
    const bad = await add(api, { ...node('console.error("the feed is gone"); process.exit(3)'), attempts: 1 });
    await inState(api, bad, 'failed');
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: /^Queues/ })
      .click();
    await expect(page.getByRole('heading', { level: 1, name: 'Queues' })).toBeVisible();
    await page.getByRole('rowheader').getByRole('link', { name: 'maintenance' }).click();
    await page.getByRole('tab', { name: /^failed/ }).click();
    const row = page.getByRole('row').filter({ has: page.locator(`a[href$="maintenance%2F${bad}"]`) });
    await expect(row).toContainText('exit');
    await page.getByLabel('Search jobs').fill('feed is GONE');
    await expect(page.getByRole('status').filter({ hasText: '1 found, looked at' })).toBeVisible();
    await row.getByRole('link').click();
    const drawer = page.getByRole('dialog', { name: 'command' });
    await expect(drawer.getByRole('region', { name: 'Data' })).toContainText('the feed is gone');
    await expect(drawer.getByRole('region', { name: 'Failed tries' })).toContainText('Try 1');
    await drawer.getByRole('button', { name: 'Run again' }).click();
    await until('the second failure', async () => (await history(api, 'outcome=failed')).length === 2, 60_000);
    // It runs no more where it is shown, too: a list that is read again would take the click.
    await expect(drawer.getByRole('button', { name: 'Run again' })).toBeEnabled();
    await drawer.getByRole('button', { name: 'Remove' }).click();
    const question = page.getByRole('dialog', { name: 'Remove this job?' });
    await question.getByRole('button', { name: 'Keep it' }).click();
    await expect(drawer).toBeVisible();
    await drawer.getByRole('button', { name: 'Remove' }).click();
    await question.getByRole('button', { name: 'Remove job' }).click();
    await expect(drawer).toBeHidden();
    await expect.poll(async () => (await api.get(`/api/jobs/maintenance/${bad}`)).status).toBe(404);
    await page.getByRole('tab', { name: 'history' }).click();
    await expect(page.getByRole('link', { name: `command ${bad}`, exact: true })).toHaveCount(2);
  });

  test('pausing shows wherever it matters, and asks before it stops everything', async ({ door: { page, api } }) => {
    await api.healthy();
    await page.goto(`${page.url().split('#')[0]}#/queues`);
    await page.getByRole('button', { name: 'Pause all' }).click();
    const question = page.getByRole('dialog', { name: 'Pause every queue?' });
    await question.getByRole('button', { name: 'Keep running' }).click();
    expect((await api.get('/api/queues/turns')).body.queue.paused).toBe(false);
    await page.getByRole('button', { name: 'Pause all' }).click();
    await question.getByRole('button', { name: 'Pause all' }).click();
    await expect(page.getByRole('row').filter({ hasText: 'turns' }).getByText('paused').first()).toBeVisible();
    await expect(page.getByRole('banner').getByRole('status')).toContainText('paused');
    await page.getByRole('button', { name: 'Resume all' }).click();
    await api.healthy();
  });

  test('a job is added by hand; what does not fit is said where it was typed', async ({ door: { page, api } }) => {
    await api.healthy();
    await page.goto(`${page.url().split('#')[0]}#/queues/maintenance`);
    await page.getByRole('button', { name: 'Add job' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a job to maintenance' });
    await dialog.getByLabel('Handler').fill('command');
    await dialog.getByLabel('Data').fill('{ not json');
    await dialog.getByRole('button', { name: 'Add job' }).click();
    await expect(dialog.getByRole('alert')).toContainText('JSON');
    await dialog.getByLabel('Data').fill('{}');
    await dialog.getByRole('button', { name: 'Add job' }).click();
    await expect(dialog.getByRole('alert')).toContainText('argv');
    await dialog.getByLabel('Data').fill(JSON.stringify(node('console.log(1)').data));
    await dialog.getByRole('button', { name: 'Add job' }).click();
    await expect(page.getByRole('dialog', { name: 'command' })).toContainText('completed');
  });
});
