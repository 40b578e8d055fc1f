import { defineConfig } from '@playwright/test';

/** One spec set, two doors. Each test starts its own host in its own directory, so retries would only hide races. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 1,
  retries: 0,
  fullyParallel: false,
  forbidOnly: true,
  use: { viewport: { width: 1440, height: 900 } },
  projects: [
    { name: 'headless', testIgnore: ['**/desktop/**', '**/faults/**'], metadata: { door: 'headless' } },
    { name: 'electron', testIgnore: ['**/headless/**', '**/faults/**'], metadata: { door: 'desktop' } },
    // Real times, minutes each: `npm run test:faults`.
    { name: 'faults', testMatch: ['**/faults/*.spec.ts'], metadata: { door: 'headless' } },
  ],
});
