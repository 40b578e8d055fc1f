import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../core/base/clock.js';
import { createLog } from '../core/base/log.js';
import type { Handlers } from '../supervisor/core.js';
import { type FakeCore, fakeCore } from '../supervisor/state/fake-core.js';
import { type DoorTimes, HttpDoor } from './http-door.js';
import type { Seats } from './socket-roster.js';

/** For tests: a real door on a free port before a core that only remembers. */

export const testToken = 'canary-token-4f1d';

export interface OpenDoor {
  readonly door: HttpDoor;
  readonly core: FakeCore;
  readonly port: number;
  readonly origin: string;
  readonly logged: string[];
  stop(): Promise<void>;
}

export async function openDoor(
  options: { readonly overrides?: Partial<Handlers>; readonly times?: Partial<DoorTimes>; readonly seats?: Partial<Seats>; readonly screen?: boolean } = {},
): Promise<OpenDoor> {
  const core = fakeCore(options.overrides);
  const logged: string[] = [];
  const directory = await mkdtemp(join(tmpdir(), 'roost-door-'));
  if (options.screen === true) {
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), '<!doctype html><title>Roost</title>');
    await writeFile(join(directory, 'assets', 'app-1a2b3c4d.js'), 'export {};');
    await writeFile(join(directory, 'secret.txt'), 'not ours to give');
  }
  const log = createLog({ clock: systemClock, level: 'debug', sink: (line) => logged.push(line) });
  const door = new HttpDoor({
    core,
    token: testToken,
    port: 'auto',
    host: '127.0.0.1',
    rendererDir: options.screen === true ? directory : undefined,
    log,
    clock: systemClock,
    version: '0.0.0',
    ...(options.times === undefined ? {} : { times: options.times }),
    ...(options.seats === undefined ? {} : { seats: options.seats }),
  });
  const url = new URL(await door.start());
  return {
    door,
    core,
    logged,
    port: Number(url.port),
    origin: url.origin,
    stop: async () => {
      await door.stop(200);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown> & { readonly error?: { readonly code: string; readonly message: string; readonly field?: string } };
}

/** A request with exactly the headers given (fetch adds and forbids some). */
export function ask(
  port: number,
  verb: string,
  path: string,
  options: { readonly headers?: Readonly<Record<string, string | string[]>>; readonly body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method: verb, path, headers: { ...options.headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.includes('json') === true;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? (JSON.parse(text) as Answer['json']) : {} });
      });
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

export const asOwner = { authorization: `Bearer ${testToken}` };

export const call = (port: number, verb: string, path: string, body?: unknown): Promise<Answer> =>
  ask(port, verb, path, {
    headers: body === undefined ? asOwner : { ...asOwner, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

export interface RawConnection {
  readonly socket: Socket;
  /** Everything received until the other side closed. */
  readonly closed: Promise<string>;
}

/** A bare socket, for what no HTTP client would send. */
export function raw(port: number, first = ''): RawConnection {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)));
  if (first !== '') socket.write(first);
  return { socket, closed };
}

export const rawRequest = (port: number, lines: readonly string[], body = ''): Promise<string> => raw(port, `${lines.join('\r\n')}\r\n\r\n${body}`).closed;
