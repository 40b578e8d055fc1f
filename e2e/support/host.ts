import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Control } from '../../contract/control.js';
import { takeAway, until } from './processes.js';

export const root = join(import.meta.dirname, '..', '..');

/** Longer than anything the product takes for an answer, a restore on a busy machine included: what must be quick says so itself. */
const answerMs = 60_000;

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes and assert on them
  readonly body: any;
  readonly headers: Headers;
}

/** Over a connection of its own: one that is kept may be closed by the host in the moment it is used again, and nobody can tell what became of a POST. */
function send(
  url: URL,
  { method, headers, body }: { readonly method: string; readonly headers: Record<string, string>; readonly body: string | undefined },
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(answerMs) }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
        })
        .on('end', () => {
          const told = Object.entries(response.headersDistinct).flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value]));
          resolve({ status: response.statusCode ?? 0, headers: new Headers(told), text });
        })
        .on('error', reject);
    });
    asked.on('error', reject).end(body);
  });
}

/** What a test may do through the REST door, found like any other client finds it. */
export class RestClient {
  readonly control: Control;

  constructor(dataDir: string) {
    this.control = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8'));
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const type = body === undefined ? undefined : { 'content-type': 'application/json' };
    const {
      status,
      headers: told,
      text,
    } = await send(new URL(path, this.control.url), {
      method,
      headers: { authorization: `Bearer ${this.control.token}`, ...type, ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const json = told.get('content-type')?.includes('json') === true;
    return { status, body: json ? JSON.parse(text) : text, headers: told };
  }

  get = (path: string) => this.call('GET', path);
  post = (path: string, body: unknown = {}) => this.call('POST', path, body);
  put = (path: string, body: unknown) => this.call('PUT', path, body);
  patch = (path: string, body: unknown) => this.call('PATCH', path, body);

  async healthy(deadlineMs = 60_000): Promise<void> {
    let last: unknown;
    const healthy = async (): Promise<boolean> => {
      const { body } = await this.get('/api/health');
      last = body.reasons;
      return body.status === 'healthy';
    };
    // The reasons are the first thing anybody asks when this fails.
    await until('healthy', healthy, deadlineMs).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(last)}`);
    });
  }

  async process(name: string): Promise<{ name: string; kind: string; state: string; pid: number; restarts: number; incarnation: number }> {
    const { body } = await this.get('/api/processes');
    const found = body.processes.find((one: { name: string }) => one.name === name);
    if (found === undefined) throw new Error(`no process ${name}`);
    return found;
  }

  /** Starts a session and waits until its agent is there. */
  async session(userId: string): Promise<string> {
    const started = await this.post('/api/session/start', { userId, tier: 'pro' });
    const id = started.body.sessionId as string;
    await until('a ready session', async () => (await this.get(`/api/session/${id}`)).body.session.status === 'ready');
    return id;
  }

  async turn(id: string, deadlineMs = 60_000) {
    return until(
      `turn ${id} to end`,
      async () => {
        const { body } = await this.get(`/api/turns/${id}`);
        return ['done', 'failed', 'cancelled'].includes(body.turn?.status) ? body.turn : undefined;
      },
      deadlineMs,
    );
  }
}

export interface HostOptions {
  readonly config?: string;
  readonly env?: Record<string, string>;
  readonly flags?: readonly string[];
  /** Begins the name of the data directory. */
  readonly name?: string;
  /** A directory of the caller, who takes it away as well. */
  readonly dataDir?: string;
  /** Not as whom the tests run; they have to be root. */
  readonly uid?: number;
  /** Default: the headless host as it is built. */
  readonly program?: string;
}

/** A headless host as a user starts it: the built program, its own data directory, a free port. */
export class Host {
  readonly #options: HostOptions;
  #dataDir: string | undefined;
  child: ChildProcess | undefined;
  stderr = '';
  stdout = '';

  constructor(options: HostOptions = {}) {
    this.#options = options;
  }

  /** Made at its first use: a spec is also loaded where none of its tests runs. */
  get dataDir(): string {
    if (this.#dataDir === undefined) {
      const { dataDir, name = 'roost-e2e-', config } = this.#options;
      this.#dataDir = dataDir ?? mkdtempSync(join(tmpdir(), name));
      if (config !== undefined) writeFileSync(join(this.#dataDir, 'roost.yaml'), config);
    }
    return this.#dataDir;
  }

  /** Resolves with the client once the ready line is out. */
  async up(deadlineMs = 100_000): Promise<RestClient> {
    const { program = join(root, 'dist/main/headless.js'), flags = [], uid } = this.#options;
    const child = spawn(process.execPath, [program, '--data-dir', this.dataDir, '--no-open', ...flags], {
      cwd: this.dataDir,
      env: { ...process.env, ROOST_DATA_DIR: '', ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.child = child;
    this.stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-200_000);
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    await until('the ready line', () => this.stdout.includes('roost ready ') || child.exitCode !== null, deadlineMs).catch((error) => {
      throw new Error(`${(error as Error).message}\n${this.stderr.slice(-4_000)}`);
    });
    if (child.exitCode !== null) {
      await closed;
      throw new Error(`the host ended with ${child.exitCode}:\n${this.stderr.slice(-4_000)}`);
    }
    return new RestClient(this.dataDir);
  }

  /** The REST door of this very start, also before everything behind it is ready; undefined while it is not open. */
  client(): RestClient | undefined {
    try {
      const client = new RestClient(this.dataDir);
      return client.control.pid === this.child?.pid ? client : undefined;
    } catch {
      return undefined;
    }
  }

  get link(): string {
    const found = /https?:\/\/\S+#ticket=[\w-]+/.exec(this.stderr)?.[0];
    if (found === undefined) throw new Error('the host printed no sign-in link');
    return found;
  }

  /** Ends the host by signal and gives its exit code; null for a death by SIGKILL. */
  async end(signal: NodeJS.Signals = 'SIGTERM', deadlineMs = 45_000): Promise<number | null> {
    const child = this.child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
      await gone;
      clearTimeout(timer);
    }
    return child.exitCode;
  }

  async dispose(): Promise<void> {
    await this.end('SIGTERM');
    if (this.#dataDir !== undefined && this.#options.dataDir === undefined) takeAway(this.#dataDir);
  }
}
