import { type Browser, chromium, expect, test } from '@playwright/test';
// @ts-expect-error plain JavaScript of the set-up scripts, shared so that both find the same browser
import { findChromium } from '../../scripts/lib/setup.mjs';
import { Host } from '../support/host.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/processes.js';
import { Screen } from '../support/screen.js';

/** What only a browser knows: signing in, and a host that goes away. */
test.describe('the screen in a browser', () => {
  let browser: Browser;
  test.beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  });
  test.afterAll(() => browser.close());

  test('a link signs in once; the token of control.json does too; a wrong one does not', async () => {
    const host = new Host();
    try {
      const api = await host.up();
      const link = await until('the sign-in link', () => host.link);
      const first = await browser.newContext();
      const page = await first.newPage();
      await page.goto(link);
      await new Screen(page).healthy();
      await expect(page).toHaveURL(api.control.url);
      const [cookie] = await first.cookies();
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });

      const second = await (await browser.newContext()).newPage();
      await second.goto(link);
      await expect(second.getByRole('alert').filter({ hasText: 'already used or has expired' })).toBeVisible();
      await expect(second).toHaveURL(api.control.url);
      await second.getByLabel('Or paste the token').fill('x'.repeat(43));
      await second.getByRole('button', { name: 'Sign in' }).click();
      await expect(second.getByText('Roost does not accept this token')).toBeVisible();
      await second.getByLabel('Or paste the token').fill(api.control.token);
      await second.getByRole('button', { name: 'Sign in' }).click();
      await new Screen(second).healthy();
    } finally {
      await host.dispose();
    }
  });

  test('a host that goes away is told, what was seen stays, and after its return the screen asks to sign in', async () => {
    // A port of its own: one the system gave might be another's when the host comes back.
    const flags = ['--port', String(await freePort())];
    const host = new Host({ flags });
    try {
      await host.up();
      const page = await (await browser.newContext()).newPage();
      await page.goto(await until('the sign-in link', () => host.link));
      const screen = new Screen(page);
      await screen.healthy();
      await expect(screen.gauge).toHaveAttribute('aria-valuetext', '3 of 3 warm agents');
      await host.end('SIGKILL');
      await expect(page.getByRole('alert').filter({ hasText: 'Connection to Roost lost' })).toBeVisible();
      await expect(screen.status).toContainText('Not connected');
      await expect(page.getByText(/Trying again/)).toBeVisible();
      await expect(screen.gauge).toHaveAttribute('aria-valuetext', '3 of 3 warm agents');
      await expect(page.getByRole('button', { name: 'One agent more' })).toBeDisabled();
      await screen.visit('Sessions');
      for (const start of await page.getByRole('button', { name: 'Start session' }).all()) await expect(start).toBeDisabled();

      const again = new Host({ dataDir: host.dataDir, flags });
      try {
        await again.up();
        await expect(page.getByRole('heading', { name: 'Sign in to Roost' })).toBeVisible();
        await page.goto(await until('the sign-in link', () => again.link));
        await page.reload();
        await screen.healthy();
      } finally {
        await again.end();
      }
    } finally {
      await host.dispose();
    }
  });
});
