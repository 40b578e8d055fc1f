import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, chromium, expect, type Page, type TestInfo } from '@playwright/test';
// @ts-expect-error plain JavaScript of the set-up scripts, shared so that both find the same browser
import { findChromium } from '../../scripts/lib/setup.mjs';
import { Desktop, startMs } from './desktop.js';
import { Host, type RestClient } from './host.js';
import { PageWatch, pageHoldings } from './page-watch.js';
import { alive, descendants, processesHolding, until } from './processes.js';

export interface Door {
  readonly page: Page;
  readonly api: RestClient;
  readonly dataDir: string;
  readonly kind: 'headless' | 'desktop';
  readonly watch: PageWatch;
  /** Gives the page this much room, as a person does by pulling at the window. */
  resize(width: number, height: number): Promise<void>;
}

interface OpenDoor extends Door {
  /** Texts that let someone in. */
  readonly secrets: readonly string[];
  /** What the other side knows about the page, for one that does not answer. */
  describe(): Promise<string>;
  /** Every process of the product but the first. */
  children(): readonly number[];
  /** Ends the product the way a user does; gives its exit code. */
  close(): Promise<number | null>;
  /** Takes away what is left, however the test went. */
  dispose(): Promise<void>;
}

/** The flags keep a test browser from talking to anyone but us. */
export const browserArgs = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

interface Look {
  readonly config: string;
  readonly viewport: { readonly width: number; readonly height: number };
}

async function openHeadless({ config, viewport }: Look): Promise<OpenDoor> {
  const host = new Host({ config });
  const browser = await chromium.launch({ executablePath: findChromium(), args: browserArgs });
  const dispose = async (): Promise<void> => {
    await browser.close();
    await host.dispose();
  };
  try {
    const api = await host.up();
    const link = await until('the sign-in link', () => host.link);
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const watch = new PageWatch(page, new URL(api.control.url).origin);
    await page.goto(link);
    await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
    const cookies = await context.cookies();
    return {
      page,
      api,
      watch,
      dataDir: host.dataDir,
      kind: 'headless',
      secrets: [api.control.token, link.slice(link.indexOf('=') + 1), ...cookies.map((cookie) => cookie.value)],
      resize: (width, height) => page.setViewportSize({ width, height }),
      describe: async () => host.stderr.slice(-4_000),
      children: () => descendants(host.child?.pid ?? 0),
      close: () => host.end(),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function openDesktop({ config }: Pick<Look, 'config'>): Promise<OpenDoor> {
  const desktop = new Desktop({ config });
  try {
    const api = await desktop.up();
    const { page, app } = desktop;
    const watch = new PageWatch(page, 'app://roost');
    await watch.lookBack(page);
    const resize = async (width: number, height: number): Promise<void> => {
      await app.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height), { width, height });
      // A window manager, or the lack of one, may take a pixel or two for itself.
      await expect
        .poll(async () => Math.abs((await page.locator(':root').evaluate((root) => root.ownerDocument.defaultView.innerWidth)) - width))
        .toBeLessThan(4);
    };
    return {
      page,
      api,
      watch,
      resize,
      dataDir: desktop.dataDir,
      kind: 'desktop',
      secrets: [api.control.token],
      describe: () =>
        app.evaluate(({ webContents }) =>
          JSON.stringify(webContents.getAllWebContents().map((one) => [one.getURL(), one.getTitle(), one.isLoading(), one.isCrashed()])),
        ),
      children: () => descendants(desktop.pid),
      close: () => desktop.quit(),
      dispose: () => desktop.dispose(),
    };
  } catch (error) {
    await desktop.dispose();
    throw error;
  }
}

/** What the report of a failed test shows. */
async function attachEvidence(door: OpenDoor, info: TestInfo): Promise<void> {
  const picture = await door.page.screenshot({ timeout: 5_000 }).catch(() => undefined);
  if (picture !== undefined) await info.attach('screen', { body: picture, contentType: 'image/png' });
  await info.attach('page from outside', { body: await door.describe().catch(String), contentType: 'text/plain' });
  await info.attach('problems of the page', { body: door.watch.problems.join('\n'), contentType: 'text/plain' });
  for (const name of ['roost', 'redis', 'worker-turns']) {
    const log = join(door.dataDir, 'logs', `${name}.log`);
    if (existsSync(log)) await info.attach(`${name}.log`, { body: readFileSync(log, 'utf8').slice(-20_000), contentType: 'text/plain' });
  }
}

/**
 * Opens the same product through the door of the running project; the config is the test's own. Whatever a test
 * looks at, its page must stay without errors and without secrets, and the product must end clean.
 */
export const test = base.extend<{ config: string; door: Door }>({
  config: ['', { option: true }],
  door: [
    async ({ config, viewport }, use, info) => {
      const look = { config, viewport: viewport ?? { width: 1440, height: 900 } };
      const door = await (info.project.metadata['door'] === 'desktop' ? openDesktop(look) : openHeadless(look));
      try {
        await use(door);
        if (info.errors.length > 0) await attachEvidence(door, info);
        else {
          const held = await pageHoldings(door.page);
          for (const secret of door.secrets) expect(held.includes(secret), 'a secret can be read in the page').toBe(false);
          expect(door.watch.problems).toEqual([]);
          const children = door.children();
          expect(await door.close()).toBe(0);
          // The runtime's own helpers see its end a moment later.
          await expect.poll(() => children.filter(alive)).toEqual([]);
          await expect.poll(() => processesHolding(door.dataDir)).toEqual([]);
        }
      } finally {
        await door.dispose();
      }
    },
    // A start and an end on a busy machine do not use up the time of the test.
    { timeout: startMs },
  ],
});

export { expect } from '@playwright/test';
