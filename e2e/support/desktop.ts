import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { RestClient, root } from './host.js';
import { alive, processesHolding, takeAway, until } from './processes.js';

/** How a person without a package starts it: the file after `-r` runs before the app is ready. */
const appArgs = ['-r', join(root, 'dist/preload/before-ready.cjs'), root];

/** A start may take this long on a busy machine before it counts as hung: the program, its window, its door. */
const [programMs, windowMs, doorMs] = [60_000, 60_000, 60_000];
/** Time for a fixture or a hook that starts the app and waits until it is healthy; the test's own time is its own. */
export const startMs = 300_000;

/** The desktop app as a user starts it: the built program with its own data directory. */
export class Desktop {
  readonly #config: string;
  #dataDir: string | undefined;
  #app: ElectronApplication | undefined;
  #page: Page | undefined;
  #said = '';
  pid = 0;
  /** Added to what it is started with. */
  env: Readonly<Record<string, string>> = {};

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

  /** Resolves once the window and the REST door are there; the stack may still be starting. Fails with the step it hung in and what the app said until then. */
  async up(options: { readonly hidden?: boolean } = {}): Promise<RestClient> {
    this.#said = '';
    const app = await _electron.launch({
      args: [...appArgs, ...(options.hidden === true ? ['--hidden'] : [])],
      env: this.#env,
      cwd: this.dataDir,
      timeout: programMs,
    });
    this.#app = app;
    this.pid = app.process().pid ?? 0;
    app.process().stderr?.on('data', (text: Buffer) => {
      this.#said = (this.#said + text.toString()).slice(-4_000);
    });
    // A login starts it without one.
    if (options.hidden !== true) this.#page = await app.firstWindow({ timeout: windowMs }).catch((error: Error) => this.#hung('its window', error));
    const door = (): RestClient | false => {
      // A killed run leaves its file behind.
      const client = new RestClient(this.dataDir);
      return client.control.pid === this.pid && client;
    };
    return until('the REST door', door, doorMs).catch((error: Error) => this.#hung('its door', error));
  }

  /** A second start on the same data directory; gives its exit code and what it said. */
  async launchAgain(deadlineMs = 90_000): Promise<{ readonly code: number | null; readonly stderr: string }> {
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
  async quit(deadlineMs = 90_000): Promise<number | null> {
    // Not waited for: an app that hangs does not answer, and `ended` has the deadline.
    void this.app.evaluate(({ app }) => app.quit()).catch(() => undefined);
    return this.ended(deadlineMs);
  }

  /** Waits for the end of the main process. */
  async ended(deadlineMs = 90_000): Promise<number | null> {
    const process = this.app.process();
    await until('the app to end', () => process.exitCode !== null || process.signalCode !== null || !alive(this.pid), deadlineMs).catch(() =>
      process.kill('SIGKILL'),
    );
    await until('the exit code', () => process.exitCode !== null || process.signalCode !== null);
    return process.exitCode;
  }

  async dispose(): Promise<void> {
    if (this.#app !== undefined && alive(this.pid)) await this.quit();
    if (this.#dataDir === undefined) return;
    const dataDir = this.#dataDir;
    // What outlives a kill for a moment would write into the directory while it is taken away.
    await until('everybody to leave', () => processesHolding(dataDir).length === 0).catch(() => undefined);
    takeAway(dataDir);
  }

  #hung(step: string, error: Error): never {
    const { exitCode, signalCode } = this.app.process();
    const state = exitCode === null && signalCode === null ? 'it runs' : `it ended with ${exitCode ?? signalCode}`;
    throw new Error(`the start of the desktop app waits for ${step}; ${state}. ${error.message}\n${this.#said}\n${this.#log()}`);
  }

  #log(): string {
    try {
      return readFileSync(join(this.dataDir, 'logs', 'roost.log'), 'utf8').slice(-4_000);
    } catch {
      return 'it wrote no log';
    }
  }

  get #env(): Record<string, string> {
    return { ...process.env, ROOST_DATA_DIR: this.dataDir, ...this.env } as Record<string, string>;
  }
}
