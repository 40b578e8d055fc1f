import { join } from 'node:path';
import { closeWindow, expect, test, visible } from '../support/desktop-fixture.js';
import { NotificationSpy, TraySpy } from '../support/desktop-spies.js';
import { root } from '../support/host.js';
import { processesHolding } from '../support/processes.js';

/** What the desktop app tells beside its window, and takes as an order there. */

test('the tray shows the status, restarts a process, shows the window and quits', async ({ desktop, api, live }) => {
  const tray = await TraySpy.on(desktop);
  await api.post('/api/pool/resize', { size: 4 });
  await expect.poll(tray.tooltip).toBe('Roost: Healthy: 4 of 4 agents warm');
  await expect.poll(tray.lives).toBe(true);
  await expect.poll(tray.labels).toEqual(['Healthy: 4 of 4 agents warm', 'Show Roost', 'Restart', 'Hold new work', 'Quit Roost']);

  await expect(() => tray.pick('Hold new work')).toPass({ timeout: 60_000 });
  await expect.poll(tray.tooltip).toMatch(/held by a person/);
  await expect.poll(tray.labels).toContain('Release');
  await expect(() => tray.pick('Release')).toPass({ timeout: 60_000 });
  await expect.poll(tray.tooltip).toBe('Roost: Healthy: 4 of 4 agents warm');

  const { pid } = await api.process('worker-turns');
  // The list of processes follows the status by a moment.
  await expect(() => tray.pick('Restart', 'worker-turns')).toPass({ timeout: 60_000 });
  await expect.poll(async () => (await api.process('worker-turns')).pid).not.toBe(pid);
  await live.healthy();

  await api.post('/api/processes/worker-turns/stop');
  await expect.poll(tray.tooltip).toMatch(/^Roost: Down: 1 reason\nThe worker worker-turns is stopped/);
  await api.post('/api/processes/worker-turns/start');
  await expect.poll(tray.tooltip).toBe('Roost: Healthy: 4 of 4 agents warm');

  await closeWindow(desktop);
  await expect.poll(() => visible(desktop)).toEqual([false]);
  await tray.pick('Show Roost');
  await expect.poll(() => visible(desktop)).toEqual([true]);
  await tray.pick('Quit Roost').catch(() => undefined);
  expect(await desktop.ended()).toBe(0);
  await expect.poll(() => processesHolding(desktop.dataDir)).toEqual([]);
});

test('a killed worker and its return are told as notifications; a click on the last shows the incidents', async ({ desktop, api, live: _live }) => {
  const notices = await NotificationSpy.on(desktop);
  await closeWindow(desktop);
  const { pid } = await api.process('worker-turns');
  process.kill(pid, 'SIGKILL');
  const told = () => notices.texts().then((all) => all.filter((notice) => !notice.startsWith('Roost keeps running')));
  await expect
    .poll(told)
    .toEqual([expect.stringMatching(/^worker-turns is down: It was killed from outside with SIGKILL/), expect.stringMatching(/worker-turns/)]);
  expect((await told())[1]).toMatch(/running again|is back|recovered|all clear|healthy/i);
  await notices.clickLast();
  await expect.poll(() => visible(desktop)).toEqual([true]);
  await expect(desktop.page.getByRole('heading', { level: 1 })).toHaveText('Incidents');
});

test('what a person stopped is no news', async ({ desktop, api, live }) => {
  const notices = await NotificationSpy.on(desktop);
  await api.post('/api/processes/worker-turns/stop');
  await expect(live.status).toContainText('Down');
  const since = (await api.get('/api/health')).body.uptimeMs;
  await expect.poll(async () => (await api.get('/api/health')).body.uptimeMs - since).toBeGreaterThan(1_500);
  await api.post('/api/processes/worker-turns/start');
  await live.healthy();
  // A kill after it is told: had the stop been told, its notice would stand before this one.
  process.kill((await api.process('worker-turns')).pid, 'SIGKILL');
  await expect.poll(notices.texts).toHaveLength(2);
  expect((await notices.texts())[0]).toMatch(/^worker-turns is down: It was killed from outside with SIGKILL/);
});

test.describe('with an agent that asks', () => {
  const agent = JSON.stringify(join(root, 'e2e/fixtures/agents/asks.mjs'));
  test.use({ config: `templates: { asks: { protocol: acp, command: [node, ${agent}] } }\npool: { template: asks, size: 1 }\n` });

  test('its question is a notification, a click on it shows the approvals, and no second one follows the answer', async ({ desktop, api, live: _live }) => {
    const session = await api.session('ada');
    const notices = await NotificationSpy.on(desktop);
    await closeWindow(desktop);
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'permission Publish the\u202e report' });
    const questions = () => notices.texts().then((all) => all.filter((notice) => !notice.startsWith('Roost keeps running')));
    await expect.poll(questions).toEqual([expect.stringMatching(/^agent-\d+ waits for you: .*Publish the report$/)]);
    await notices.clickLast();
    await expect.poll(() => visible(desktop)).toEqual([true]);
    const { pending } = (await api.get('/api/approvals')).body;
    await expect(desktop.page.getByRole('heading', { level: 1 })).toHaveText('Approvals');
    await expect(desktop.page.getByRole('main')).toContainText(/Publish the. report/);
    await api.post(`/api/approvals/${pending[0].id}`, { decision: 'allow' });
    expect((await api.turn(body.turnId)).status).toBe('done');
    expect(await questions()).toHaveLength(1);
  });
});
