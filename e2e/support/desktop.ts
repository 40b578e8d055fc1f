import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { RestClient, root } from './host.js';
import { alive, takeAway, until } from './processes.js';

/** How a person without a package starts it: the file after `-r` runs before the app is ready. */
const appArgs = ['-r', join(root, 'dist/preload/before-ready.cjs'), root];

/** The desktop app as a user starts it: the built program with its own data directory. */
export class Desktop {
  readonly #config: string;
  #dataDir: string | undefined;
  #app: ElectronApplication | undefined;
  #page: Page | undefined;
  pid = 0;

  constructor(options: { readonly config?: string } = {}) {
    this.#config = options.config ?? '';
  }

  /** Made at its first use: a spec is also loaded where none of its tests runs. */
  get dataDir(): string {
    if (this.#dataDir === undefined) {
      this.#dataDir = mkdtempSync(join(tmpdir(), 'roost-desktop-'));
      writeFileSync(join(this.#dataDir, 'roost.yaml'), this.#config);
    }
    return this.#dataDir;
  }

  get app(): ElectronApplication {
    if (this.#app === undefined) throw new Error('the app was not started');
    return this.#app;
  }

  get page(): Page {
    if (this.#page === undefined) throw new Error('the app was not started');
    return this.#page;
  }

  /** Resolves once the window and the REST door are there; the stack may still be starting. */
  async up(): Promise<RestClient> {
    this.#app = await _electron.launch({ args: appArgs, env: this.#env, cwd: this.dataDir, timeout: 60_000 });
    this.pid = this.#app.process().pid ?? 0;
    this.#page = await this.#app.firstWindow();
    return until(
      'the REST door',
      () => {
        // A killed run leaves its file behind.
        const client = new RestClient(this.dataDir);
        return client.control.pid === this.pid && client;
      },
      60_000,
    );
  }

  /** A second start on the same data directory; gives its exit code and what it said. */
  async launchAgain(deadlineMs = 30_000): Promise<{ readonly code: number | null; readonly stderr: string }> {
    const executable: string = createRequire(import.meta.url)('electron');
    const child = spawn(executable, appArgs, { env: this.#env, cwd: this.dataDir, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve));
    clearTimeout(timer);
    return { code, stderr };
  }

  /** Quits like the menu does and gives the exit code; null when it had to be killed. */
  async quit(deadlineMs = 45_000): Promise<number | null> {
    await this.app.evaluate(({ app }) => app.quit()).catch(() => undefined);
    return this.ended(deadlineMs);
  }

  /** Waits for the end of the main process. */
  async ended(deadlineMs = 45_000): Promise<number | null> {
    const process = this.app.process();
    await until('the app to end', () => process.exitCode !== null || process.signalCode !== null || !alive(this.pid), deadlineMs).catch(() =>
      process.kill('SIGKILL'),
    );
    await until('the exit code', () => process.exitCode !== null || process.signalCode !== null);
    return process.exitCode;
  }

  async dispose(): Promise<void> {
    if (this.#app !== undefined && alive(this.pid)) await this.quit();
    if (this.#dataDir !== undefined) takeAway(this.#dataDir);
  }

  get #env(): Record<string, string> {
    return { ...process.env, ROOST_DATA_DIR: this.dataDir } as Record<string, string>;
  }
}
