import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Bounds what hangs, and is no promise of speed. `npm run test:faults` waits as long as the product does. */
const patienceMs = process.env['ROOST_REAL_TIMES'] === '1' ? 900_000 : 240_000;
/** Of `expect.poll`: what comes a moment later comes later still on a machine that is busy. */
const pollMs = 60_000;
const common = { environment: 'node', restoreMocks: true, expect: { poll: { timeout: pollMs } } } as const;

/** What waits for seconds on purpose begins first and ends beside the others. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const slow = /(stalls|beating-services|frozen-agent|deliveries|warm-pool|services|killed-writes)\.(proc|redis)\.test\.ts$/;
    return (await super.sort(files)).sort((a, b) => Number(slow.test(b.moduleId)) - Number(slow.test(a.moduleId)));
  }
}

/** unit: pure and fast, part of `npm run check`. real: a private Redis and real child processes. */
export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          // Nothing here keeps state in a module, so the files share their processes: a third of the time.
          isolate: false,
          alias: { electron: join(import.meta.dirname, 'electron/test-electron.ts') },
          testTimeout: patienceMs,
          include: ['{contract,core,supervisor,server,cli,electron,worker,renderer,scripts}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.proc.test.ts', '**/*.redis.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          // Behind the pure ones, where both are run by one command.
          sequence: { groupOrder: 1 },
          include: ['{core,supervisor,server,cli,worker}/**/*.{proc,redis}.test.ts'],
          testTimeout: patienceMs,
          hookTimeout: patienceMs,
          // They wait more than they compute.
          maxWorkers: 3,
          // As above: half of their processor time was the loading of the same modules for each file.
          isolate: false,
        },
      },
    ],
  },
});
