import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { type Control, controlSchema } from '../contract/control.js';
import { defaultDataDir } from '../contract/data-dir.js';
import { errorBodySchema, fromErrorBody } from '../contract/errors.js';
import { type Parsed, text } from './args.js';
import { type Context, Ending, exitCodes } from './context.js';

const answerMs = 10_000;

export function dataDirOf(context: Context, parsed: Parsed): string {
  const wished = text(parsed, 'data-dir') ?? defaultDataDir(context);
  if (wished === undefined || wished === '')
    throw new Ending(exitCodes.usage, 'there is no home directory: say where the data is with --data-dir or ROOST_DATA_DIR');
  return isAbsolute(wished) ? wished : resolve(context.cwd, wished);
}

/** The record of a host that lives, or undefined: a broken or stale file is as good as none. */
export async function findControl(context: Context, dataDir: string): Promise<Control | undefined> {
  try {
    const parsed = controlSchema.safeParse(JSON.parse(await readFile(join(dataDir, 'control.json'), 'utf8')));
    if (!parsed.success || !context.pidAlive(parsed.data.pid)) return undefined;
    const url = new URL(parsed.data.url);
    // The token goes to this machine only, whatever the file says.
    return url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export async function connectHost(context: Context, parsed: Parsed): Promise<Host> {
  const dataDir = dataDirOf(context, parsed);
  const control = await findControl(context, dataDir);
  if (control === undefined)
    throw new Ending(
      exitCodes.noHost,
      `no host is running for ${dataDir}: start one with roost up, or name the data directory of the one you mean with --data-dir or ROOST_DATA_DIR`,
    );
  return new Host(control, context.signal);
}

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The REST API of one running host. Failures come out as the RoostError the host sent. */
export class Host {
  readonly #control: Control;
  readonly #signal: AbortSignal;

  constructor(control: Control, signal: AbortSignal) {
    this.#control = control;
    this.#signal = signal;
  }

  get url(): string {
    return this.#control.url;
  }

  get(path: string, waitMs = 0): Promise<unknown> {
    return this.#call('GET', path, undefined, waitMs);
  }

  post(path: string, body: object = {}, waitMs = 0): Promise<unknown> {
    return this.#call('POST', path, body, waitMs);
  }

  put(path: string, body: object): Promise<unknown> {
    return this.#call('PUT', path, body);
  }

  patch(path: string, body: object): Promise<unknown> {
    return this.#call('PATCH', path, body);
  }

  delete(path: string): Promise<unknown> {
    return this.#call('DELETE', path);
  }

  /** Server-sent events until the host ends the stream. */
  async *events(path: string): AsyncGenerator<ServerEvent> {
    const response = await this.#fetch('GET', path, undefined, this.#signal);
    if (!response.ok || response.body === null) throw await failure(response);
    let buffer = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body) {
        buffer += decoder.decode(chunk as Uint8Array, { stream: true });
        for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
          const event = parseEvent(buffer.slice(0, end));
          buffer = buffer.slice(end + 2);
          if (event !== undefined) yield event;
        }
      }
    } catch (cause) {
      throw this.#signal.aborted
        ? new Ending(exitCodes.failed, 'interrupted')
        : new Ending(exitCodes.failed, `the host went away in the middle of the answer (${reasonOf(cause)})`);
    }
  }

  async #call(verb: Verb, path: string, body?: object, waitMs = 0): Promise<unknown> {
    const response = await this.#fetch(verb, path, body, AbortSignal.any([this.#signal, AbortSignal.timeout(answerMs + waitMs)]));
    if (!response.ok) throw await failure(response);
    return response.json();
  }

  async #fetch(verb: Verb, path: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#control.token}`,
      'x-roost-client': 'cli',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    try {
      return await fetch(new URL(path, this.#control.url), {
        method: verb,
        headers,
        signal,
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      if (this.#signal.aborted) throw new Ending(exitCodes.failed, 'interrupted');
      if (signal.aborted) throw new Ending(exitCodes.failed, `the host gave no answer in time`);
      throw new Ending(exitCodes.noHost, `no host answers at ${this.#control.url} (${reasonOf(cause)}): start one with roost up`);
    }
  }
}

function parseEvent(block: string): ServerEvent | undefined {
  const field = (name: string): string | undefined =>
    block
      .split('\n')
      .find((part) => part.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const event = field('event');
  const data = field('data');
  return event === undefined || data === undefined ? undefined : { event, data: JSON.parse(data) as unknown };
}

async function failure(response: Response): Promise<Error> {
  const body: unknown = await response.json().catch(() => undefined);
  const inner = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  const parsed = errorBodySchema.safeParse(inner);
  return parsed.success ? fromErrorBody(parsed.data) : new Ending(exitCodes.failed, `the host answered ${response.status} without a reason`);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
}
