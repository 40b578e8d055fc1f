import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base } from '@playwright/test';
import { Desktop, startMs } from './desktop.js';
import type { RestClient } from './host.js';
import { Screen } from './screen.js';

/** A desktop app for each test: `desktop` is not started yet, `api` is healthy, `live` is the healthy screen. */
export const test = base.extend<{ config: string; desktop: Desktop; api: RestClient; live: Screen }>({
  config: ['', { option: true }],
  desktop: [
    async ({ config }, use) => {
      const desktop = new Desktop({ config });
      await use(desktop);
      await desktop.dispose();
    },
    { timeout: startMs },
  ],
  api: [
    async ({ desktop }, use) => {
      const api = await desktop.up();
      await api.healthy(120_000);
      await use(api);
    },
    { timeout: startMs },
  ],
  /** The screen of an app that is healthy. */
  live: [
    async ({ desktop, api: _started }, use) => {
      const screen = new Screen(desktop.page);
      await screen.healthy();
      await use(screen);
    },
    { timeout: startMs },
  ],
});

export const log = (desktop: Desktop): string => readFileSync(join(desktop.dataDir, 'logs', 'roost.log'), 'utf8');
export const visible = (desktop: Desktop) => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible()));
export const closeWindow = (desktop: Desktop) => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());

export { expect } from '@playwright/test';
