import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import { handlerSpecs } from '../../contract/handlers.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import type { HandlerJob, HandlerTools } from '../../core/jobs/handler.js';
import type { Redis } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';

/** A job as the worker would hand it over: its data went through the schema of its handler twice. */
export function testJob<Data>(
  name: string,
  data: unknown,
  options: { readonly id?: string; readonly signal?: AbortSignal } = {},
): HandlerJob<Data> & { readonly lines: string[] } {
  const schema = handlerSpecs[name]?.data as z.ZodType;
  const lines: string[] = [];
  return {
    id: options.id ?? 'job-1',
    name,
    queue: handlerSpecs[name]?.queue ?? '',
    data: schema.parse(schema.parse(data)) as Data,
    attempt: 1,
    maxAttempts: 3,
    signal: options.signal ?? new AbortController().signal,
    log: (text) => void lines.push(text),
    progress: () => undefined,
    quiet: () => undefined,
    commit: (_effect: string, value: unknown) => Promise.resolve(value),
    lines,
  };
}

export function testTools(parts: Partial<HandlerTools> = {}): HandlerTools {
  return {
    // A test that needs Redis brings one; the others never touch it.
    redis: undefined as unknown as Redis,
    keys: keysFor('test'),
    node: 'n1',
    dataDir: process.cwd(),
    clock: systemClock,
    random: () => 0.5,
    log: silentLog,
    env: {},
    ask: async (method) => {
      throw new Error(`nobody answers ${method} here`);
    },
    ...parts,
  };
}

export interface TestSite {
  readonly url: string;
  /** Path -> answer; a text is a page. */
  readonly pages: Map<string, string | ((request: IncomingMessage, response: ServerResponse) => void)>;
  readonly asked: { readonly path: string; readonly method: string; readonly headers: IncomingMessage['headers']; readonly body: string }[];
  close(): Promise<void>;
}

/** A small site on loopback whose pages a test changes as it goes. */
export async function openSite(): Promise<TestSite> {
  const pages: TestSite['pages'] = new Map();
  const asked: { path: string; method: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '/';
      asked.push({ path, method: request.method ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      const page = pages.get(path);
      if (page === undefined) return void response.writeHead(404).end('nothing here');
      if (typeof page === 'function') return page(request, response);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
