import { expect, test } from './support/fixture.js';
import { Screen } from './support/screen.js';

/** What holds for the screen as a whole: theme, small windows, the keyboard. The same through both doors; the fixture adds to each test: no error, no secret in the page, a clean end. */

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
  await expect.poll(ground).toBe(light);
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
    const tooWide = (): Promise<string[]> =>
      door.page.locator(':root').evaluate((root) => {
        const view = root.ownerDocument.defaultView;
        // Boxes that scroll sideways on purpose (a wide table) are themselves no wider than the page.
        const scrollers = [root, root.ownerDocument.body, root.querySelector('main')].filter((box) => box.scrollWidth > box.clientWidth);
        const outside = [...root.querySelectorAll('header, nav, main, section, button, input, textarea')].filter((box) => {
          const { left, right, width } = box.getBoundingClientRect();
          return width > 1 && (left < -1 || right > view.innerWidth + 1) && box.closest('.table-scroll, .table-box, .visually-hidden') === null;
        });
        return [...scrollers, ...outside].map((box) => `${box.tagName} ${box.className}`);
      });
    await expect.poll(tooWide, place).toEqual([]);
  }
});

test.describe('with names that are long', () => {
  test.use({
    config: `services:
  a-service-with-quite-a-long-name-indeed: { command: [/bin/sh, -c, 'exec sleep 1000'] }
  another-one-that-cannot-start: { command: [/bin/sh, -c, 'exit 3'] }
`,
  });

  test('no table is wider than its card, in a window of any width', async ({ door }) => {
    const screen = new Screen(door.page);
    await screen.visit('Processes');
    await expect(door.page.getByRole('row', { name: /another-one-that-cannot/ })).toContainText('Quarantined');
    for (const width of [1000, 1250, 1380, 1440]) {
      await door.resize(width, 800);
      for (const place of ['processes', 'schedules', 'agents']) {
        await door.page.locator(':root').evaluate((root, hash) => {
          root.ownerDocument.defaultView.location.hash = hash;
        }, `#/${place}`);
        await expect(door.page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current="page"]')).toHaveAttribute('href', `#/${place}`);
        // The new width reaches the layout with the next frame.
        await expect
          .poll(
            () =>
              door.page
                .locator('main table')
                .evaluateAll((tables) => tables.map(({ offsetWidth, parentElement: card }) => offsetWidth - card.clientWidth).filter((px) => px > 1)),
            { message: `${place} at ${width}` },
          )
          .toEqual([]);
      }
    }
  });
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
