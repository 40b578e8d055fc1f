import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './support/fixture.js';
import { alive } from './support/processes.js';
import { Screen } from './support/screen.js';

/** What a person sees of processes, pool, logs and workers in the screen, and does with them. The same through both doors; the fixture adds to each test: no error, no secret in the page, a clean end. */

test('the overview says that all is well: three warm agents and every required process', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await expect(screen.status).toContainText('Redis, API and worker are up and proved to work');
  await expect(door.page).toHaveTitle('Healthy · Roost');
  await expect(door.page.getByRole('list', { name: 'Required' }).getByRole('listitem')).toHaveText([/Redis.*is up/, /API.*is up/, /Worker.*is up/]);
  await expect(screen.gauge).toHaveAttribute('aria-valuetext', '3 of 3 warm agents');
  await expect(screen.card('Pool').getByRole('list', { name: '3 agents' }).getByRole('listitem')).toHaveText([
    /agent-\d+.*warm/,
    /agent-\d+.*warm/,
    /agent-\d+.*warm/,
  ]);
  await expect(screen.card('Activity')).toContainText('redis is ready.');
  await expect(screen.card('Activity')).toContainText('worker-turns is ready.');
  await expect(screen.card('Queue depth').getByRole('figure')).toHaveAccessibleName(/Queue depth/);
});

test('one click restarts a process: shown at once, running again with another pid', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await screen.visit('Processes');
  const row = screen.row('worker-turns');
  const pid = await screen.pidOf('worker-turns');
  const button = row.getByRole('button', { name: 'Restart worker-turns' });
  // Clicked inside the page: the row must say so before any answer of the host can have come.
  const atOnce = await button.evaluate(async (element) => {
    element.click();
    await Promise.resolve();
    return element.closest('tr').textContent;
  });
  expect(atOnce).toMatch(/Restarting…|Stopping/);
  await expect(row.getByRole('cell').nth(1)).toHaveText(new RegExp(`^(?!${pid}$)\\d+$`));
  await expect(row).toContainText('Running');
  await expect(button).toBeEnabled();
  await screen.healthy();
  expect(alive(pid)).toBe(false);
  await expect.poll(() => door.api.process('worker-turns')).toMatchObject({ state: 'running', manualRestarts: 1, restarts: 0 });
});

test('a killed worker is told with its reason, comes back by itself, and both stand in the activity list', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await screen.visit('Processes');
  const pid = await screen.pidOf('worker-turns');
  process.kill(pid, 'SIGKILL');
  await expect(screen.row('worker-turns').getByRole('cell').nth(1)).toHaveText(new RegExp(`^(?!${pid}$)\\d+$`));
  await screen.healthy();
  // Whether the head of the screen said Down meanwhile is chance: of what changes within a fifth of a second it gets the newest.
  await expect(screen.row('worker-turns')).toContainText('killed by a signal (SIGKILL)');
  await screen.visit('Overview');
  await expect(screen.card('Activity').getByRole('listitem')).toContainText([
    /worker-turns is running again/,
    /worker-turns went down: .*SIGKILL/,
    /worker-turns is ready/,
  ]);
  // Its story says of which life the last lines are, and leads to what to do; the text is part of the screen.
  await screen.visit('Incidents');
  const story = door.page.locator('.incident-story');
  await expect(story.getByRole('region', { name: 'Last lines of worker-turns' })).toContainText(/start 1, ended \d\d:\d\d:\d\d after \d/);
  await story.getByRole('link', { name: 'Runbook' }).click();
  await expect(door.page.getByRole('heading', { level: 1 })).toHaveText('Runbooks');
  const runbook = door.page.getByRole('region', { name: 'A worker does not work' });
  await expect(runbook).toContainText('roost restart worker-turns');
  await runbook.getByRole('link', { name: 'Many jobs wait' }).click();
  await expect(door.page.getByRole('region', { name: 'Many jobs wait' })).toContainText('concurrency');
});

test('the pool gauge follows a resize from anywhere, and resizes from here', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await expect(screen.gauge).toHaveAttribute('aria-valuetext', '3 of 3 warm agents');
  await door.api.post('/api/pool/resize', { size: 5 });
  await expect(screen.gauge).toHaveAttribute('aria-valuetext', '5 of 5 warm agents');
  await door.api.post('/api/pool/resize', { size: 2 });
  await expect(screen.gauge).toHaveAttribute('aria-valuetext', '2 of 2 warm agents');
  await door.page.getByRole('button', { name: 'One agent more' }).click();
  await expect(screen.gauge).toHaveAttribute('aria-valuetext', '3 of 3 warm agents');
  await expect.poll(async () => (await door.api.get('/api/health')).body.sessions).toMatchObject({ pool: 3, target: 3 });
});

test('the log of a process is live and can be searched', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await screen.visit('Logs');
  await door.page
    .getByRole('navigation', { name: 'Processes' })
    .getByRole('button', { name: /^redis/ })
    .click();
  const redis = door.page.getByRole('log', { name: 'Log of redis' });
  await expect(redis).toContainText(/ready to accept connections/i);
  await door.page.getByLabel('Search in the log of redis').fill('accept connections');
  await expect(redis.getByRole('listitem')).toHaveCount(1);
  await expect(door.page.getByText(/^1 of \d+ lines$/)).toBeVisible();
  await door.page.getByLabel('Search in the log of redis').fill('no such words');
  await expect(redis).toContainText('No line holds “no such words”.');

  await door.page
    .getByRole('navigation', { name: 'Processes' })
    .getByRole('button', { name: /^worker-turns/ })
    .click();
  const worker = door.page.getByRole('log', { name: 'Log of worker-turns' });
  await expect(worker.getByText(/started, pid \d+/)).toHaveCount(1);
  await door.api.post('/api/processes/worker-turns/restart');
  await expect(worker.getByText(/started, pid \d+/)).toHaveCount(2);
});

test.describe('with own handlers', () => {
  test.use({
    config: 'handlers: { folder: . }\nworkers: { turns: { queues: [turns, coach] }, jobs: { concurrency: { analysis: 2, trends: 1 } } }\npool: { size: 0 }\n',
  });

  test('workers are tuned and renewed, a queue is limited, and handlers are told with those that are none', async ({ door }) => {
    const { page, api, dataDir } = door;
    const screen = new Screen(page);
    writeFileSync(join(dataDir, 'mine.js'), "export default { summary: 'Mine <b>own</b>', queue: 'trends', retry: 'none', run: async () => 1 }");
    writeFileSync(join(dataDir, 'broken.js'), 'export default {;');
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: /^Queues/ })
      .click();
    const row = screen.card('Workers').getByRole('row', { name: /^jobs this host/ });
    await expect(row).toContainText('analysis 0 of 2');
    await page.getByRole('button', { name: 'Slots of jobs' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('button', { name: 'Change' })).toBeDisabled();
    await dialog.getByLabel('analysis').fill('7');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await expect(dialog).toBeHidden();
    await expect(row).toContainText('analysis 0 of 7 (config 2)');
    const before = (await api.process('worker-jobs')).pid;
    await page.getByRole('button', { name: 'Renew jobs' }).click();
    await expect(page.getByText('jobs is fresh')).toBeVisible();
    await expect.poll(async () => (await api.process('worker-jobs')).pid).not.toBe(before);

    const handlers = screen.card('Handlers');
    await expect(handlers.getByRole('row', { name: /^mine own/ })).toContainText('Mine <b>own</b>trends1 m / 2 mone try');
    await expect(handlers.getByRole('list', { name: 'Files that are no handlers' })).toContainText('broken.js is no handler');
    await handlers
      .getByRole('row', { name: /^mine own/ })
      .getByRole('link')
      .click();
    await page.getByRole('button', { name: 'Rate limit…' }).click();
    await dialog.getByLabel('within any').fill('soon');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await expect(dialog.getByRole('alert')).toContainText('A time such as 1s');
    await dialog.getByLabel('within any').fill('1m');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await expect(page.getByText('1 worker, at most 10 jobs every 1 m')).toBeVisible();
    await expect.poll(async () => (await api.get('/api/workers')).body.rates.trends).toEqual({ max: 10, everyMs: 60_000 });
    await page.getByRole('button', { name: 'Rate limit…' }).click();
    await dialog.getByRole('button', { name: 'No limit' }).click();
    await expect(page.getByText('1 worker, at most')).toBeHidden();
  });
});
