import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './run.js';

/** A host that answers what a test tells it to and remembers what it was asked, and the command line in front of it. */
export class CliBench {
  /** `GET /api/x` -> what comes back; anything else is a 404. */
  readonly replies: Record<string, { status?: number; body: object }> = {};
  readonly seen: { path: string; body: string }[] = [];
  /** What the last request named as the door it came through. */
  door: unknown;
  /** What the program behind `roost config` prints; without it nobody can ask it. */
  configTool: ((args: readonly string[]) => string | null) | undefined;
  #dataDir = '';
  #server: Server | undefined;

  get dataDir(): string {
    return this.#dataDir;
  }

  async open(): Promise<void> {
    this.configTool = undefined;
    this.#dataDir = await mkdtemp(join(tmpdir(), 'roost-cli-'));
    for (const path of Object.keys(this.replies)) delete this.replies[path];
    this.seen.length = 0;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        const path = `${request.method} ${request.url}`;
        this.seen.push({ path, body });
        this.door = request.headers['x-roost-client'];
        const reply = this.replies[path] ?? { status: 404, body: { success: false, error: { code: 'not-found', message: `nothing at ${path}` } } };
        response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await writeFile(join(this.#dataDir, 'control.json'), JSON.stringify({ url, token: 't', pid: process.pid, startedAt: 'now' }));
  }

  /** From now on the host gives these bodies, by request. */
  answers(bodies: Readonly<Record<string, object>>): void {
    for (const [path, body] of Object.entries(bodies)) this.replies[path] = { body };
  }

  async close(): Promise<void> {
    this.#server?.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  /** One command; with an `answer` somebody sits at the terminal and gives it to every question. */
  async run(argv: readonly string[], answer?: boolean): Promise<{ code: number; out: string; err: string; asked: string[] }> {
    let [out, err] = ['', ''];
    const asked: string[] = [];
    const { configTool } = this;
    const confirm = async (question: string): Promise<boolean> => {
      asked.push(question);
      return answer === true;
    };
    const code = await runCli(
      {
        env: { ROOST_DATA_DIR: this.#dataDir },
        platform: 'linux',
        home: '/home/ada',
        cwd: '/home/ada/work',
        version: '0',
        nodeVersion: 'v22.0.0',
        colour: false,
        openLink: undefined,
        signal: new AbortController().signal,
        write: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        pidAlive: (pid) => pid === process.pid,
        ...(answer === undefined ? {} : { confirm }),
        ...(configTool === undefined ? {} : { askConfigTool: async (args) => configTool(args) }),
      },
      [...argv],
    );
    return { code, out, err, asked };
  }
}
