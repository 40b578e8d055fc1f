import { defineConfig } from '@playwright/test';

/**
 * One spec set, two doors. Each test starts its own host in its own directory, so specs run beside each other and
 * retries would only hide races. Electron comes first and takes one place at most: its windows share one display.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 2,
  retries: 0,
  fullyParallel: false,
  forbidOnly: true,
  use: { viewport: { width: 1440, height: 900 } },
  projects: [
    { name: 'electron', testIgnore: ['**/headless/**'], metadata: { door: 'desktop' }, workers: 1 },
    { name: 'headless', testIgnore: ['**/desktop/**'], metadata: { door: 'headless' } },
  ],
});
