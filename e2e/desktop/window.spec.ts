import { Desktop, startMs } from '../support/desktop.js';
import { closeWindow, expect, log, test, visible } from '../support/desktop-fixture.js';
import { NotificationSpy } from '../support/desktop-spies.js';
import { alive, until } from '../support/processes.js';
import { Screen } from '../support/screen.js';

/** The window of the desktop app: what it may not do, and that it comes back. */

test.describe('the window', () => {
  // Nothing here changes the app: one serves all.
  const desktop = new Desktop();
  let live: Screen;
  test.beforeAll(async () => {
    test.setTimeout(startMs);
    await (await desktop.up()).healthy(120_000);
    live = new Screen(desktop.page);
    await live.healthy();
  });
  test.afterAll(() => desktop.dispose());

  test('is locked down', async () => {
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

  test('gives its page three facts and nothing of Node or Electron', async () => {
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

  test('is granted nothing and reaches nobody', async () => {
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

  test('stays on its own page and opens no other window', async () => {
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
    const pages = () => desktop.app.evaluate(({ webContents }) => webContents.getAllWebContents().map((one) => new URL(one.getURL()).href.split('#')[0]));
    await expect.poll(pages).toEqual(['app://roost/']);
    // The page that was asked to leave still follows the state.
    await expect.poll(() => inPage(`document.querySelector('header [role=status]').innerText`)).toContain('Healthy');
  });
});

test.describe('the window comes back', () => {
  test('hides when it is closed, Roost lives on, and a second launch shows it again', async ({ desktop, api, live }) => {
    const notices = await NotificationSpy.on(desktop);
    const screens = async (): Promise<string | undefined> => /^roost_screens (\d+)$/m.exec((await api.get('/metrics')).body)?.[1];
    await expect.poll(screens).toBe('1');
    await closeWindow(desktop);
    await expect.poll(() => visible(desktop)).toEqual([false]);
    await expect.poll(notices.texts).toEqual([expect.stringContaining('Roost keeps running')]);
    // What nobody sees is no reason to look at everything once a second.
    await expect.poll(screens).toBe('0');
    await api.healthy();
    const session = await api.session('after-the-close');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: '2 + 3' });
    expect((await api.turn(body.turnId)).status).toBe('done');

    const second = await desktop.launchAgain();
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('Roost is running already') });
    await expect.poll(() => visible(desktop)).toEqual([true]);
    await expect.poll(screens).toBe('1');
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
      .poll(
        () =>
          desktop.app.evaluate(({ BrowserWindow }) =>
            BrowserWindow.getAllWindows().map(({ webContents }) => [webContents.isCrashed(), webContents.getTitle()]),
          ),
        { timeout: 60_000 },
      )
      .toEqual([[false, 'Healthy · Roost']]);
    expect((await api.process('worker-turns')).pid).toBe(before);
  });
});
