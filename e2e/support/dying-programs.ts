import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { orderFile, type Point } from '../fixtures/dying/point-names.js';
import { root } from './host.js';
import { takeAway } from './processes.js';

const fixtures = join(root, 'e2e', 'fixtures', 'dying');

/** The host and its queue worker with an end at a place of a turn's way, built into a directory of their own beside the programs as they are. */
export class DyingPrograms {
  readonly #dir: string;
  readonly #entryDir: string;

  private constructor(dir: string) {
    this.#dir = dir;
    this.#entryDir = join(dir, 'dist', 'main');
  }

  static async build(): Promise<DyingPrograms> {
    const programs = new DyingPrograms(mkdtempSync(join(tmpdir(), 'roost-dying-')));
    await programs.#build();
    return programs;
  }

  get headless(): string {
    return join(this.#entryDir, 'headless.js');
  }

  /** From now on, for one death; `one` lets the host of a worker live. */
  dieAt(point: Point, count: number, who: 'all' | 'one' = 'all'): void {
    writeFileSync(join(this.#entryDir, orderFile), `${point} ${count} ${who}`);
  }

  dispose(): void {
    takeAway(this.#dir);
  }

  async #build(): Promise<void> {
    await build({
      configFile: false,
      root,
      logLevel: 'silent',
      ssr: { noExternal: true, external: ['koffi'] },
      build: {
        ssr: true,
        outDir: this.#entryDir,
        target: 'node20',
        rollupOptions: {
          external: ['koffi'],
          input: { headless: join(fixtures, 'headless.ts'), 'queue-worker': join(fixtures, 'queue-worker.ts') },
          // All in one folder: the host looks for its worker beside itself.
          output: { entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' },
        },
      },
    });
    writeFileSync(join(this.#dir, 'package.json'), '{"type":"module"}');
    symlinkSync(join(root, 'assets'), join(this.#dir, 'assets'));
    symlinkSync(join(root, 'dist', 'renderer'), join(this.#dir, 'dist', 'renderer'));
    for (const program of ['agent', 'handler-process']) symlinkSync(join(root, 'dist', 'main', `${program}.js`), join(this.#entryDir, `${program}.js`));
  }
}
