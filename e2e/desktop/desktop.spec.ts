import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { Desktop } from '../support/desktop.js';
import { NotificationSpy, TraySpy } from '../support/desktop-spies.js';
import { type RestClient, root } from '../support/host.js';
import { PausingAgent } from '../support/pausing-agent.js';
import { alive, descendants, processesHolding, until } from '../support/processes.js';
import { Screen } from '../support/screen.js';

/** What only the desktop app has: its window, tray, notifications, and its ways to end. */

const test = base.extend<{ config: string; desktop: Desktop; api: RestClient; live: Screen }>({
  config: ['', { option: true }],
  desktop: async ({ config }, use) => {
    const desktop = new Desktop({ config });
    await use(desktop);
    await desktop.dispose();
  },
  api: async ({ desktop }, use) => {
    const api = await desktop.up();
    await api.healthy();
    await use(api);
  },
  /** The screen of an app that is healthy. */
  live: async ({ desktop, api: _started }, use) => {
    const screen = new Screen(desktop.page);
    await screen.healthy();
    await use(screen);
  },
});

const log = (desktop: Desktop): string => readFileSync(join(desktop.dataDir, 'logs', 'roost.log'), 'utf8');
const visible = (desktop: Desktop) => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible()));
const closeWindow = (desktop: Desktop) => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());

test.describe('the window', () => {
  test('is locked down', async ({ desktop, live: _live }) => {
    // What Electron really took; it tells, but does not say so in its types.
    const facts = await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(({ webContents }): Record<string, unknown> => Reflect.get(webContents, 'getLastWebPreferences').call(webContents)),
    );
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
    // Left out of the answer while they are off.
    expect(facts[0]?.['nodeIntegrationInWorker'] ?? false).toBe(false);
    expect(facts[0]?.['navigateOnDragDrop'] ?? false).toBe(false);
  });

  test('gives its page three facts and nothing of Node or Electron', async ({ desktop, live: _live }) => {
    const found = await desktop.page.locator(':root').evaluate((element) => {
      const document = element.ownerDocument;
      const view = document.defaultView;
      const kinds = (value: object): unknown =>
        Object.fromEntries(
          Reflect.ownKeys(value).map((key) => [
            key,
            typeof Reflect.get(value, key) === 'object' ? kinds(Reflect.get(value, key)) : typeof Reflect.get(value, key),
          ]),
        );
      const { requestPort } = view.roostDesktop;
      Reflect.set(view.roostDesktop, 'requestPort', () => undefined);
      Reflect.set(view.roostDesktop, 'more', 1);
      Reflect.set(view, 'roostDesktop', {});
      // A frame has the plain globals of the browser: what is beside them was added.
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const plain = new Set(Object.getOwnPropertyNames(frame.contentWindow));
      const added = Object.getOwnPropertyNames(view).filter((name) => !plain.has(name) && !/^\d+$/.test(name) && !name.startsWith('__playwright'));
      frame.remove();
      const missing = ['process', 'require', 'module', 'exports', 'global', 'Buffer', 'setImmediate', '__dirname', 'ipcRenderer', 'electron'];
      return {
        exposed: kinds(view.roostDesktop),
        kept: view.roostDesktop.requestPort === requestPort,
        added: added.sort(),
        types: missing.map((name) => typeof view[name]),
      };
    });
    expect(found).toEqual({
      exposed: { door: 'string', platform: 'string', requestPort: 'function' },
      kept: true,
      added: ['__zod_globalConfig', '__zod_globalRegistry', 'roostDesktop'],
      types: Array(10).fill('undefined'),
    });
  });

  test('is granted nothing and reaches nobody', async ({ desktop, live }) => {
    const asked = await desktop.page.locator(':root').evaluate(async (element) => {
      const view = element.ownerDocument.defaultView;
      const refusal = (ask: () => Promise<unknown>): Promise<string> =>
        ask().then(
          () => 'granted',
          (error: Error) => error.name,
        );
      const states: string[] = [];
      for (const name of ['geolocation', 'camera', 'microphone', 'notifications', 'clipboard-read', 'midi'])
        states.push((await view.navigator.permissions.query({ name })).state);
      return {
        states: [...new Set(states)],
        notification: await view.Notification.requestPermission(),
        camera: await refusal(() => view.navigator.mediaDevices.getUserMedia({ video: true, audio: true })),
        display: await refusal(() => view.navigator.mediaDevices.getDisplayMedia({ video: true })),
        clipboard: await refusal(() => view.navigator.clipboard.readText()),
        stranger: await refusal(() => view.fetch('https://example.com/')),
        file: await refusal(() => view.fetch('file:///etc/hostname')),
        outside: (await view.fetch('app://roost/../../package.json')).status,
        markup: await refusal(async () => {
          element.ownerDocument.createElement('div').innerHTML = '<b>x</b>';
        }),
      };
    });
    expect(asked).toEqual({
      states: ['denied'],
      notification: 'denied',
      camera: expect.stringMatching(/Not(Allowed|Found)Error/),
      display: expect.stringMatching(/Not(Allowed|Supported)Error|AbortError/),
      clipboard: 'NotAllowedError',
      stranger: 'TypeError',
      file: 'TypeError',
      outside: 404,
      markup: 'TypeError',
    });
    await live.healthy();
  });

  test('stays on its own page and opens no other window', async ({ desktop, live: _live }) => {
    // By way of the main process: the test's own line to the page waits for a navigation that never comes.
    const inPage = (source: string) =>
      desktop.app.evaluate(({ BrowserWindow }, code) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code, true), source);
    expect(await inPage(`['https://github.com/', 'about:blank', ''].map((address) => window.open(address))`)).toEqual([null, null, null]);
    await inPage(`{ const link = document.createElement('a'); link.href = 'https://github.com/'; link.target = '_blank'; link.click(); }`);
    // A file is refused before anybody asks us.
    await inPage(`location.href = 'file:///etc/hostname'; 0`);
    for (const address of ['https://example.com/', 'http://127.0.0.1:1/', 'app://other/']) {
      await inPage(`location.href = ${JSON.stringify(address)}; 0`);
      await expect.poll(() => log(desktop), address).toMatch(new RegExp(`navigation refused.*${address}`));
    }
    expect(await desktop.app.evaluate(({ webContents }) => webContents.getAllWebContents().map((one) => new URL(one.getURL()).href.split('#')[0]))).toEqual([
      'app://roost/',
    ]);
    // The page that was asked to leave still follows the state.
    await expect.poll(() => inPage(`document.querySelector('header [role=status]').innerText`)).toContain('Healthy');
  });

  test('hides when it is closed, Roost lives on, and a second launch shows it again', async ({ desktop, api, live }) => {
    const notices = await NotificationSpy.on(desktop);
    await closeWindow(desktop);
    await expect.poll(() => visible(desktop)).toEqual([false]);
    await expect.poll(notices.texts).toEqual([expect.stringContaining('Roost keeps running')]);
    await api.healthy();
    const session = await api.session('after-the-close');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: '2 + 3' });
    expect((await api.turn(body.turnId)).status).toBe('done');

    const second = await desktop.launchAgain();
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('Roost is running already') });
    await expect.poll(() => visible(desktop)).toEqual([true]);
    await live.visit('Sessions');
    await expect(desktop.page.getByRole('list', { name: 'Sessions' })).toContainText('after-the-close');
    // Said once: the second close is no news.
    await closeWindow(desktop);
    await expect.poll(() => visible(desktop)).toEqual([false]);
    expect(await notices.texts()).toHaveLength(1);
    expect(alive(desktop.pid)).toBe(true);
  });

  test('a page that dies is loaded again, and supervision does not notice', async ({ desktop, api, live: _live }) => {
    const before = (await api.process('worker-turns')).pid;
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer());
    await until('the screen process to end', () => log(desktop).includes('the screen process ended'));
    await expect
      .poll(() =>
        desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map(({ webContents }) => [webContents.isCrashed(), webContents.getTitle()])),
      )
      .toEqual([[false, 'Healthy · Roost']]);
    expect((await api.process('worker-turns')).pid).toBe(before);
  });
});

test('the tray shows the status, restarts a process, shows the window and quits', async ({ desktop, api, live }) => {
  const tray = await TraySpy.on(desktop);
  await api.post('/api/pool/resize', { size: 4 });
  await expect.poll(tray.tooltip).toBe('Roost: Healthy: 4 of 4 agents warm');
  expect(await tray.lives()).toBe(true);
  await expect.poll(tray.labels).toEqual(['Healthy: 4 of 4 agents warm', 'Show Roost', 'Restart', 'Hold new work', 'Quit Roost']);

  await tray.pick('Hold new work');
  await expect.poll(tray.tooltip).toMatch(/held by a person/);
  await expect.poll(tray.labels).toContain('Release');
  await tray.pick('Release');
  await expect.poll(tray.tooltip).toBe('Roost: Healthy: 4 of 4 agents warm');

  const { pid } = await api.process('worker-turns');
  await tray.pick('Restart', 'worker-turns');
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
  expect(processesHolding(desktop.dataDir)).toEqual([]);
});

test('a killed worker and its return are told as notifications; a click on one shows the window', async ({ desktop, api, live: _live }) => {
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

test.describe('with a turn in hand', () => {
  const agent = new PausingAgent();
  test.use({ config: agent.config });
  test.afterAll(() => agent.dispose());

  test('quit lets it end, says so meanwhile, and ends every child', async ({ desktop, api, live }) => {
    const session = await api.session('ann');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'one' });
    await expect.poll(async () => (await api.get(`/api/turns/${body.turnId}`)).body.turn.text).toBe('first half of one');
    await closeWindow(desktop);
    const children = descendants(desktop.pid);
    // Redis, the worker, four agents, and what the window needs.
    expect(children.length).toBeGreaterThan(6);
    const quitting = desktop.quit();
    await expect(live.status).toContainText('Stopping');
    expect(await visible(desktop)).toEqual([true]);
    agent.letOn();
    expect(await quitting).toBe(0);
    // The runtime's own helpers see its end a moment later.
    await expect.poll(() => children.filter(alive)).toEqual([]);
    expect(processesHolding(desktop.dataDir)).toEqual([]);
    const endedBefore = Date.now();
    const turn = await (await desktop.up()).turn(body.turnId);
    expect(turn).toMatchObject({ status: 'done', text: 'first half of one, second half', attempts: 1 });
    expect(turn.endedAt).toBeLessThan(endedBefore);
  });
});

test.describe('with an agent that asks', () => {
  const agent = JSON.stringify(join(root, 'e2e/fixtures/agents/asks.mjs'));
  test.use({ config: `templates: { asks: { protocol: acp, command: [node, ${agent}] } }\npool: { template: asks, size: 1 }\n` });

  test('its question is a notification, a click on it shows the window, and no second one follows the answer', async ({ desktop, api, live: _live }) => {
    const session = await api.session('ada');
    const notices = await NotificationSpy.on(desktop);
    await closeWindow(desktop);
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'permission Publish the\u202e report' });
    const questions = () => notices.texts().then((all) => all.filter((notice) => !notice.startsWith('Roost keeps running')));
    await expect.poll(questions).toEqual([expect.stringMatching(/^agent-\d+ waits for you: .*Publish the report$/)]);
    await notices.clickLast();
    await expect.poll(() => visible(desktop)).toEqual([true]);
    const { pending } = (await api.get('/api/approvals')).body;
    await desktop.page.getByRole('link', { name: /^Approvals/ }).click();
    await expect(desktop.page.getByRole('main')).toContainText(/Publish the. report/);
    await api.post(`/api/approvals/${pending[0].id}`, { decision: 'allow' });
    expect((await api.turn(body.turnId)).status).toBe('done');
    expect(await questions()).toHaveLength(1);
  });
});

test.describe('with handlers', () => {
  test.use({ config: 'handlers: { folder: ./handlers, idleAfter: 5m }\n' });

  test('shipped and own ones run in processes of their own, a hard deadline ends them, and quit leaves none', async ({ desktop }) => {
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

    await until('the own handler', async () => (await api.get('/api/handlers')).body.handlers.some((one: { name: string }) => one.name === 'probe'));
    expect(await ended('analysis', await probe({ way: 'asks' }))).toMatchObject({ state: 'completed', result: { health: 'healthy', foreign: 'none' } });

    const late = await ended('analysis', await probe({ way: 'spawns' }, { softMs: 1_000, hardMs: 2_500 }));
    expect(late).toMatchObject({ state: 'failed', attempts: 1, error: expect.stringMatching(/^deadline: .*hard deadline of 2.5 s/) });
    const grandchild = Number(/child (\d+)/.exec(late.logs.join('\n'))?.[1]);
    await until('the child of the job to be gone', () => !alive(grandchild), 5_000);
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
    expect(processesHolding(desktop.dataDir)).toEqual([]);
  });
});

test('SIGTERM ends it like quit', async ({ desktop, live: _live }) => {
  process.kill(desktop.pid, 'SIGTERM');
  expect(await desktop.ended()).toBe(0);
  expect(processesHolding(desktop.dataDir)).toEqual([]);
});

test('SIGKILL of the main process leaves no child, and the next start works', async ({ desktop, api, live: _live }) => {
  const session = await api.session('ann');
  const children = descendants(desktop.pid);
  expect(children.length).toBeGreaterThan(6);
  process.kill(desktop.pid, 'SIGKILL');
  await until('every child to be gone', () => !children.some(alive) && processesHolding(desktop.dataDir).length === 0, 5_000);
  const again = await desktop.up();
  await again.healthy();
  expect((await again.get(`/api/session/${session}`)).body.session).toMatchObject({ userId: 'ann' });
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
