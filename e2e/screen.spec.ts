import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './support/fixture.js';
import { PausingAgent } from './support/pausing-agent.js';
import { alive } from './support/processes.js';
import { Screen } from './support/screen.js';

/** What a person does in the screen, the same through both doors. The fixture adds to each test: no error, no secret in the page, a clean end. */

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

test.describe('with one arm in use', () => {
  test.use({ config: 'coordinator: { arms: { npc: { prior: 0.7, frozen: true }, tools: { prior: 0.6 }, knowledge: { prior: 0.5, frozen: true } } }\n' });

  test('a session gets an agent at once, answers, takes a rating and shows its steps', async ({ door }) => {
    const screen = new Screen(door.page);
    await screen.healthy();
    await screen.visit('Sessions');
    await screen.startSession('ann');
    const session = door.page.getByRole('region', { name: 'Session of ann' });
    await expect(session).toContainText('Ready');
    await expect(session).toContainText(/warm in \d/);
    await expect(session).toContainText(/agent-\d+/);
    await screen.ask('12 * 34');
    const answer = screen.answers.first();
    await expect(answer).toContainText('408');
    await expect(answer).toContainText('tools · 100 %');
    await expect(door.page.getByRole('list', { name: 'Conversation' })).toContainText('The coach suggests: Next: ask for the same with another value');

    await answer.getByRole('button', { name: 'Rate 4 stars' }).click();
    await expect(answer.getByRole('img', { name: 'Rated 4 of 5' })).toBeVisible();
    await expect(answer).toContainText('reward 0.75');
    await expect(answer.getByRole('button', { name: /^Rate/ })).toHaveCount(0);

    await answer.getByRole('button', { expanded: false }).click();
    const steps = answer.getByRole('list', { name: /^Steps of this turn/ }).getByRole('listitem');
    await expect(steps).toContainText(['Waited in queue', 'Chose an arm', 'Agent worked']);
    const turnId = (await answer.getByText(/^t-/).textContent())?.trim();
    expect((await door.api.get(`/api/turns/${turnId}`)).body.turn).toMatchObject({ prompt: '12 * 34', rating: 4, reward: 0.75, arm: 'tools' });

    await door.page.reload();
    await expect(screen.answers.first()).toContainText('408');
    await expect(screen.answers.first().getByRole('img', { name: 'Rated 4 of 5' })).toBeVisible();

    await door.page.getByRole('button', { name: 'End session' }).click();
    await door.page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
    await expect(session).toContainText('This session has ended');
    await expect(door.page.getByLabel('Your request')).toHaveCount(0);
    await expect(screen.answers.first()).toContainText('408');
  });
});

test('each of several turns is answered by one of three arms, and the coordinator page counts them', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await screen.visit('Sessions');
  await screen.startSession('bea');
  const questions = ['hello there', 'What is Roost?', '15% of 240', 'How do I resize the warm pool?', '20 km in miles'];
  for (const question of questions) await screen.ask(question);
  await expect(screen.answers).toHaveCount(questions.length);
  for (const [index, question] of questions.entries()) {
    const answer = screen.answers.nth(index);
    await expect(answer, question).toHaveAttribute('aria-busy', 'false');
    await expect(answer, question).toHaveText(/\S.*(npc|tools|knowledge) · \d+(\.\d+)? % · (forced|explore|exploit)/s);
  }
  const arms = await Promise.all(
    questions.map(async (_, index) => /(npc|tools|knowledge) · /.exec((await screen.answers.nth(index).textContent()) ?? '')?.[1]),
  );

  await screen.visit('Coordinator');
  await expect(screen.card('Phase')).toContainText('Early warm-up.');
  await expect(screen.card('Phase')).toContainText('0 of 1,000 warm-up rewards');
  await expect(screen.card('Phase')).toContainText('Thompson sampling');
  await expect(screen.card('Decisions')).toContainText(`${questions.length} in all`);
  const table = screen.card('Arms').getByRole('table');
  await expect(table.getByRole('rowheader')).toHaveCount(3);
  for (const arm of ['npc', 'tools', 'knowledge']) {
    const row = table.getByRole('row').filter({ has: door.page.getByRole('rowheader', { name: new RegExp(`^${arm}`) }) });
    // Estimate, interval, turns.
    await expect(row.getByRole('cell').nth(2), arm).toHaveText(String(arms.filter((chosen) => chosen === arm).length));
  }
});

test.describe('with an agent that pauses in the middle of its answer', () => {
  const agent = new PausingAgent();
  test.use({ config: agent.config });
  test.afterAll(() => agent.dispose());

  test('the answer is shown as it is written, the line behind it too, and a turn can be cancelled', async ({ door }) => {
    const screen = new Screen(door.page);
    await screen.healthy();
    await screen.visit('Sessions');
    await screen.startSession('cid');
    await screen.ask('one');
    await screen.ask('two');
    await screen.ask('three');
    const [first, second, third] = [screen.answers.nth(0), screen.answers.nth(1), screen.answers.nth(2)];
    await expect(first).toContainText('first half of one');
    await expect(first).toHaveAttribute('aria-busy', 'true');
    await expect(first).not.toContainText('second half');
    await expect(second).toContainText('Queued');
    await expect(third).toContainText('Number 3 in line');
    await third.getByRole('button', { name: 'Cancel' }).click();
    await expect(third).toContainText('Cancelled');
    await first.getByRole('button', { name: 'Cancel' }).click();
    await expect(first).toContainText('Cancelled');
    await expect(second).toContainText('first half of two');
    agent.letOn();
    await expect(second).toContainText('first half of two, second half');
    await expect(second).toHaveAttribute('aria-busy', 'false');
    await expect(third).not.toContainText('half');
  });
});

test('one click restarts a process: shown at once, running again with another pid', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await screen.visit('Processes');
  const row = screen.row('worker-turns');
  const pid = await screen.pidOf('worker-turns');
  const texts = await screen.record(row);
  const button = row.getByRole('button', { name: 'Restart worker-turns' });
  // Clicked inside the page: the time is that of the screen, not of the test's way to it.
  await button.evaluate((element) => element.click());
  await expect(row).toContainText('Running');
  await expect(row.getByRole('cell').nth(1)).not.toHaveText(String(pid));
  await expect(row.getByRole('cell').nth(1)).toHaveText(/^\d+$/);
  await expect(button).toBeEnabled();
  const change = (await texts()).find(({ text }) => /Restarting…|Stopping|Starting/.test(text));
  expect(change?.afterMs, JSON.stringify(await texts())).toBeLessThan(300);
  await screen.healthy();
  expect(alive(pid)).toBe(false);
  const { body } = await door.api.get('/api/processes');
  expect(body.processes.find((one: { name: string }) => one.name === 'worker-turns')).toMatchObject({ state: 'running', manualRestarts: 1, restarts: 0 });
});

test('a killed worker is told with its reason, comes back by itself, and both stand in the activity list', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  await screen.visit('Processes');
  const pid = await screen.pidOf('worker-turns');
  const texts = await screen.record(screen.status);
  process.kill(pid, 'SIGKILL');
  await expect(screen.row('worker-turns').getByRole('cell').nth(1)).toHaveText(new RegExp(`^(?!${pid}$)\\d+$`));
  await screen.healthy();
  const down = (await texts()).map(({ text }) => text).filter((text) => text.startsWith('Down'));
  expect(down.join('\n')).toMatch(/The worker worker-turns .*SIGKILL/);
  await expect(screen.row('worker-turns')).toContainText('killed by a signal (SIGKILL)');
  await screen.visit('Overview');
  await expect(screen.card('Activity').getByRole('listitem')).toContainText([
    /worker-turns is running again/,
    /worker-turns went down: .*SIGKILL/,
    /worker-turns is ready/,
  ]);
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
  expect((await door.api.get('/api/health')).body.sessions).toMatchObject({ pool: 3, target: 3 });
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

test('the theme follows the system until one is chosen, and the choice stays', async ({ door }) => {
  const { page } = door;
  const screen = new Screen(page);
  await screen.healthy();
  const ground = () => page.locator('body').evaluate((body) => body.ownerDocument.defaultView.getComputedStyle(body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(ground).not.toBe(light);
  const dark = await ground();
  await page.getByRole('button', { name: 'Theme: as the system. Change to light' }).click();
  await expect.poll(ground).toBe(light);
  await page.reload();
  await screen.healthy();
  expect(await ground()).toBe(light);
  await screen.visit('Settings');
  await expect(page.getByRole('button', { name: 'Light', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(ground).toBe(dark);
});

test('every page fits a small window', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  const session = await door.api.session('a-user-with-a-name-as-long-as-an-address@example.org');
  const turn = await door.api.post(`/api/session/${session}/turns`, { text: `${'wide'.repeat(60)} 12 * 34` });
  await door.api.turn(turn.body.turnId);
  await door.resize(1000, 700);
  const items = ['processes/worker-turns', `sessions/${session}`, 'queues/turns', 'logs/redis'];
  const links = door.page.getByRole('navigation', { name: 'Pages' }).getByRole('list').getByRole('link');
  const pages = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href').slice(2)));
  expect(pages).toEqual(expect.arrayContaining(['overview', 'queues', 'settings']));
  const places = [...pages, ...items];
  for (const place of places) {
    await door.page.locator(':root').evaluate((root, hash) => {
      root.ownerDocument.defaultView.location.hash = hash;
    }, `#/${place}`);
    await expect(links.locator('xpath=self::*[@aria-current="page"]')).toHaveAttribute('href', `#/${place.split('/')[0]}`);
    await expect(door.page.getByRole('heading', { level: 1 })).toBeAttached();
    if (place.startsWith('sessions/')) await expect(screen.answers.first()).toHaveAttribute('aria-busy', 'false');
    const tooWide = await door.page.locator(':root').evaluate((root) => {
      const view = root.ownerDocument.defaultView;
      // Boxes that scroll sideways on purpose (a wide table) are themselves no wider than the page.
      const scrollers = [root, root.ownerDocument.body, root.querySelector('main')].filter((box) => box.scrollWidth > box.clientWidth);
      const outside = [...root.querySelectorAll('header, nav, main, section, button, input, textarea')].filter((box) => {
        const { left, right, width } = box.getBoundingClientRect();
        return width > 1 && (left < -1 || right > view.innerWidth + 1) && box.closest('.table-scroll, .table-box, .visually-hidden') === null;
      });
      return [...scrollers, ...outside].map((box) => `${box.tagName} ${box.className}`);
    });
    expect(tooWide, place).toEqual([]);
  }
});

test('all pages in a row, by keyboard alone', async ({ door }) => {
  const screen = new Screen(door.page);
  await screen.healthy();
  const links = door.page.getByRole('navigation', { name: 'Pages' }).getByRole('list').getByRole('link');
  await links.first().focus();
  const names = await links.evaluateAll((all) => all.map((link) => link.getAttribute('title') ?? ''));
  expect(names).toEqual(expect.arrayContaining(['Overview', 'Processes', 'Sessions', 'Queues', 'Approvals', 'Incidents', 'Settings']));
  for (const [index, name] of names.entries()) {
    await links.nth(index).focus();
    await door.page.keyboard.press('Enter');
    await expect(door.page.getByRole('heading', { level: 1, name })).toBeAttached();
    await expect(links.nth(index)).toHaveAttribute('aria-current', 'page');
  }
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
    await expect(page.getByText('jobs is fresh')).toBeVisible({ timeout: 40_000 });
    expect((await api.process('worker-jobs')).pid).not.toBe(before);

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
    expect((await api.get('/api/workers')).body.rates.trends).toEqual({ max: 10, everyMs: 60_000 });
    await page.getByRole('button', { name: 'Rate limit…' }).click();
    await dialog.getByRole('button', { name: 'No limit' }).click();
    await expect(page.getByText('1 worker, at most')).toBeHidden();
  });
});
