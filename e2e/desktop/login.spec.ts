import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, visible } from '../support/desktop-fixture.js';

/** Starting at login, on Linux a file that the desktop reads: off until a person asks for it. Elsewhere the system is asked, which no test may change. */
const onLinux = process.platform === 'linux';

let config: string;
test.beforeAll(() => {
  config = mkdtempSync(join(tmpdir(), 'roost-xdg-'));
});
test.afterAll(() => rmSync(config, { recursive: true, force: true }));

if (onLinux)
  test('the switch in Settings makes the file and takes it away, and what it starts begins in the tray', async ({ desktop }) => {
    desktop.env = { XDG_CONFIG_HOME: config };
    const api = await desktop.up();
    await api.healthy();
    const file = join(config, 'autostart', 'roost.desktop');
    const { page } = desktop;
    expect((await api.get('/api/login-item')).body).toMatchObject({ state: 'off', file });
    expect(existsSync(file)).toBe(false);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Settings' }).click();
    const card = page.getByRole('region', { name: 'Start at login' });
    await expect(card.getByRole('button', { name: 'Off', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await card.getByRole('button', { name: 'On', exact: true }).click();
    await expect(card.getByRole('button', { name: 'On', exact: true })).toHaveAttribute('aria-pressed', 'true');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('[Desktop Entry]\nType=Application\n');
    expect(text).toMatch(new RegExp(`^Exec="env" "ROOST_DATA_DIR=${desktop.dataDir}" .* "--hidden"$`, 'm'));
    // Taken away behind its back: the screen says what is, not what was asked for.
    rmSync(file);
    await expect(card.getByRole('button', { name: 'Off', exact: true })).toHaveAttribute('aria-pressed', 'true', { timeout: 30_000 });
    await api.call('PUT', '/api/login-item', { open: true });
    expect(existsSync(file)).toBe(true);
    await api.call('PUT', '/api/login-item', { open: false });
    expect(existsSync(file)).toBe(false);
    expect((await api.call('PUT', '/api/login-item', { open: 'yes' })).status).toBe(400);
    expect(await desktop.quit()).toBe(0);

    const hidden = await desktop.up({ hidden: true });
    await hidden.healthy();
    expect(await visible(desktop)).toEqual([]);
    expect((await desktop.launchAgain()).code).toBe(0);
    await expect.poll(() => visible(desktop)).toEqual([true]);
    expect(await desktop.quit()).toBe(0);
  });
