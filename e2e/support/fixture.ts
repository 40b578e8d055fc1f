import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, test as base, chromium, type Page } from '@playwright/test';
// @ts-expect-error plain JavaScript of the set-up scripts, shared so that both find the same browser
import { findChromium } from '../../scripts/lib/setup.mjs';
import { Host, RestClient, root } from './host.js';
import { alive, until } from './processes.js';

export interface Door {
  readonly page: Page;
  readonly api: RestClient;
  readonly dataDir: string;
  readonly kind: 'headless' | 'desktop';
}

/** The flags keep a test browser from talking to anyone but us. */
const browserArgs = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run'];

/** Opens the same product through the door of the running project; the config is the test's own. */
export const test = base.extend<{ config: string; door: Door }>({
  config: ['', { option: true }],
  door: async ({ config, viewport, colorScheme }, use, info) => {
    const kind = info.project.metadata['door'] as Door['kind'];
    if (kind === 'headless') {
      const host = new Host({ config });
      const browser = await chromium.launch({ executablePath: findChromium(), args: browserArgs });
      try {
        const api = await host.up();
        await until('the sign-in link', () => host.link);
        const context = await browser.newContext({ viewport: viewport ?? { width: 1440, height: 900 }, colorScheme: colorScheme ?? null });
        const page = await context.newPage();
        await page.goto(host.link);
        await use({ page, api, dataDir: host.dataDir, kind });
      } finally {
        await browser.close();
        await host.dispose();
      }
      return;
    }
    const dataDir = mkdtempSync(join(tmpdir(), 'roost-e2e-'));
    writeFileSync(join(dataDir, 'roost.yaml'), config);
    const env = { ...process.env, ROOST_DATA_DIR: dataDir } as Record<string, string>;
    const app = await _electron.launch({ args: ['-r', join(root, 'dist/preload/before-ready.cjs'), root], env, cwd: dataDir, timeout: 60_000 });
    const pid = app.process().pid ?? 0;
    try {
      const page = await app.firstWindow();
      const api = await until('the REST door', () => new RestClient(dataDir), 60_000);
      await use({ page, api, dataDir, kind });
    } finally {
      await app.evaluate(({ app: inner }) => inner.quit()).catch(() => undefined);
      await until('the app to end', () => !alive(pid), 45_000).catch(() => process.kill(pid, 'SIGKILL'));
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
});

export { expect } from '@playwright/test';
