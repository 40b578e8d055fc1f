import { defineConfig } from 'vitest/config';

const common = { environment: 'node', restoreMocks: true } as const;

/** unit: pure and fast, part of `npm run check`. real: a private Redis and real child processes. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['{contract,core,supervisor,server,cli,electron,worker,renderer,scripts}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.proc.test.ts', '**/*.redis.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          include: ['{core,supervisor,server,cli,worker}/**/*.{proc,redis}.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
    ],
  },
});
