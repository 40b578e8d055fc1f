import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** `npm run test:faults` waits as long as the product does. */
const patienceMs = process.env['ROOST_REAL_TIMES'] === '1' ? 900_000 : 60_000;
const common = { environment: 'node', restoreMocks: true } as const;

/** unit: pure and fast, part of `npm run check`. real: a private Redis and real child processes. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          // Nothing here keeps state in a module, so the files share their processes: a third of the time.
          isolate: false,
          alias: { electron: join(import.meta.dirname, 'electron/test-electron.ts') },
          testTimeout: 60_000,
          include: ['{contract,core,supervisor,server,cli,electron,worker,renderer,scripts}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.proc.test.ts', '**/*.redis.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          include: ['{core,supervisor,server,cli,worker}/**/*.{proc,redis}.test.ts'],
          testTimeout: patienceMs,
          hookTimeout: patienceMs,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
    ],
  },
});
