import { defineConfig } from '@playwright/test';

/**
 * One spec set, two doors. Each test starts its own host in its own directory, so specs run beside each other and
 * retries would only hide races. Electron comes first and takes one place at most: its windows share one display.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Deadlines, not expectations: a busy machine is late, and only a failure waits so long.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  workers: 2,
  retries: 0,
  fullyParallel: false,
  forbidOnly: true,
  use: { viewport: { width: 1440, height: 900 } },
  projects: [
    { name: 'electron', testIgnore: ['**/headless/**', '**/faults/**'], metadata: { door: 'desktop' }, workers: 1 },
    { name: 'headless', testIgnore: ['**/desktop/**', '**/faults/**'], metadata: { door: 'headless' } },
    // Real times, minutes each: `npm run test:faults`.
    { name: 'faults', testMatch: ['**/faults/*.spec.ts'], metadata: { door: 'headless' }, workers: 1 },
  ],
});
