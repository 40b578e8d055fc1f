import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test } from './support/fixture.js';

test.use({ config: 'pool: { size: 0 }\nschedules:\n  # the first of the year\n  yearly: { cron: "0 0 1 1 *", handler: command, data: { argv: [date] } }\n' });

test('schedules: made, previewed, run, paused, changed and deleted on the screen, and the file says the same', async ({ door }) => {
  const { page, dataDir } = door;
  const file = (): string => readFileSync(join(dataDir, 'roost.yaml'), 'utf8');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Schedules' }).click();
  await expect(page.getByRole('heading', { name: 'Schedules' })).toBeVisible();
  for (const name of ['governance', 'memory-cleanup', 'analytics-rollup', 'competitor-analysis', 'trend-scan', 'yearly'])
    await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('On');

  await page.getByRole('button', { name: 'New schedule' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('report');
  await dialog.getByLabel('Time zone').fill('Europe/Berlin');
  await dialog.getByLabel('Cron').fill('61 * * * *');
  await expect(dialog.getByRole('alert')).toContainText('"61" as minute');
  await expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
  await dialog.getByLabel('Cron').fill('30 2 * * *');
  await expect(dialog.getByRole('listitem')).toHaveCount(5);
  await expect(dialog.getByRole('listitem').first()).toContainText(/02:30 (CET|CEST|GMT\+[12])/);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  const row = page.getByRole('row', { name: /^report command/ });
  await expect(row).toContainText('Europe/Berlin');
  await expect.poll(file).toContain('30 2 * * *');
  expect(file()).toContain('# the first of the year');

  await row.getByRole('button', { name: 'Run report now' }).click();
  await expect(row).toContainText('Done');
  await row.getByRole('button', { name: 'More for report' }).click();
  await page.getByRole('menuitem', { name: 'Run with data…' }).click();
  await dialog.getByLabel('Data of this run').fill('{"argv": 1}');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await expect(dialog.getByRole('alert')).toContainText('argv must be a list');
  await dialog.getByLabel('Data of this run').fill('{"argv": ["true"]}');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await expect(dialog).toBeHidden();
  await row.getByRole('button', { name: 'report', exact: false }).first().click();
  await expect(page.locator('.schedule-runs tbody tr')).toHaveCount(2);
  await expect(page.locator('.schedule-runs')).toContainText('{"argv":["true"]}');

  await row.getByRole('button', { name: 'More for report' }).click();
  await page.getByRole('menuitem', { name: 'Pause' }).click();
  await expect(row).toContainText('Paused');
  await row.getByRole('button', { name: 'More for report' }).click();
  await page.getByRole('menuitem', { name: 'Resume' }).click();
  await expect(row).toContainText('On');

  await row.getByRole('button', { name: 'More for report' }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  await dialog.getByLabel('While one runs').selectOption('queue');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(file).toContain('overlap: queue');

  await row.getByRole('button', { name: 'More for report' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(row).toHaveCount(0);
  await expect.poll(file).not.toContain('report');
});

test('schedules of Celery are taken over as shadows on the screen, and taken away again', async ({ door }) => {
  const { page, resize } = door;
  await resize(1_000, 700);
  await page.goto(`${page.url().split('#')[0]}#/schedules`);
  await page.getByRole('button', { name: 'Take over…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByLabel('beat_schedule')
    .fill(
      "beat_schedule = {'nightly': {'task': 'proj.memory_cleanup', 'schedule': crontab(hour=3, minute=0)}, 'sun': {'task': 'x', 'schedule': solar('dawn', 1, 2)}}",
    );
  await dialog.getByRole('button', { name: 'Try it' }).click();
  await expect(dialog.getByRole('row', { name: /nightly/ })).toContainText('New');
  await expect(dialog.getByRole('row', { name: /sun/ })).toContainText('goes by the sun');
  await dialog.getByRole('button', { name: 'Take over 1 schedule' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row', { name: /nightly/ })).toContainText('Shadow');
  await expect.poll(() => page.locator(':root').evaluate((root) => root.scrollWidth <= root.clientWidth)).toBe(true);
  const outside = async (): Promise<number> => {
    const [box, menu] = [await page.locator('.table-box').boundingBox(), await page.getByRole('button', { name: 'More for nightly' }).boundingBox()];
    return (menu?.x ?? 0) + (menu?.width ?? 0) - ((box?.x ?? 0) + (box?.width ?? 0));
  };
  await expect.poll(outside).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: 'Take over…' }).click();
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(dialog.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('row', { name: /nightly/ })).toHaveCount(0);
});
