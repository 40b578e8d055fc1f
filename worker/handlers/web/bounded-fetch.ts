import { lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { RoostError } from '../../../contract/errors.js';
import { afterAwake } from '../../../core/base/awake.js';
import type { Clock, Timer } from '../../../core/base/clock.js';
import { isPublicAddress } from './address-rules.js';

export interface WebRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole of it: names, connection, redirects and body. */
  readonly timeoutMs: number;
  /** After decompression; what is larger is an error, or cut where `cut` says so. */
  readonly maxBytes: number;
  readonly cut?: boolean;
  readonly maxRedirects: number;
  /** Hosts that may have a private address; '*' for all. A page of the internet must not make us talk to the local network. */
  readonly allowPrivate: readonly string[];
  /** Kept from another origin after a redirect. */
  readonly secretHeaders?: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface WebAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly redirects: number;
}

/** `sent`: the request may have reached the other side, so that repeating it may do it twice. */
export class WebProblem extends RoostError {
  readonly sent: boolean;
  constructor(code: 'bad-request' | 'timeout' | 'cancelled' | 'too-large' | 'forbidden' | 'internal', message: string, sent: boolean, cause?: unknown) {
    super(code, message, { cause });
    this.sent = sent;
  }
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const alwaysSecret: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/**
 * One request over http or https with bounds on everything. The address is judged in the very lookup the
 * connection uses, so that a name cannot change between the check and the use (DNS rebinding), and again after each redirect.
 */
export async function boundedFetch(wanted: WebRequest): Promise<WebAnswer> {
  const abort = new AbortController();
  const state = { sent: false };
  const timer: Timer = afterAwake(wanted.clock, wanted.timeoutMs, () =>
    abort.abort(new WebProblem('timeout', `no answer within ${wanted.timeoutMs} ms`, state.sent)),
  );
  const onAbort = (): void => abort.abort(new WebProblem('cancelled', 'the job was stopped', state.sent));
  wanted.signal.addEventListener('abort', onAbort, { once: true });
  if (wanted.signal.aborted) onAbort();
  try {
    let url = webUrl(wanted.url);
    let method = (wanted.method ?? 'GET').toUpperCase();
    let { headers = {}, body } = wanted;
    for (let hop = 0; ; hop++) {
      const answer = await once(url, method, headers, body, wanted, abort.signal, state);
      const location = answer.headers['location'];
      if (!redirects.has(answer.status) || location === undefined || wanted.maxRedirects === 0) return { ...answer, redirects: hop };
      if (hop >= wanted.maxRedirects) throw new WebProblem('bad-request', `${wanted.url} redirects more than ${wanted.maxRedirects} times`, true);
      const next = webUrl(location, url);
      if (url.protocol === 'https:' && next.protocol === 'http:') throw new WebProblem('forbidden', `${url.href} redirects from https to http`, true);
      if (answer.status === 303 || (answer.status !== 307 && answer.status !== 308 && method === 'POST')) {
        method = 'GET';
        body = undefined;
      }
      if (next.origin !== url.origin) headers = withoutSecrets(headers, wanted.secretHeaders ?? []);
      url = next;
    }
  } finally {
    timer.cancel();
    wanted.signal.removeEventListener('abort', onAbort);
  }
}

/** Only http and https, and no password inside the address. */
export function webUrl(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw new WebProblem('bad-request', `${JSON.stringify(text.slice(0, 80))} is no web address`, false);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new WebProblem('bad-request', `${url.protocol} is not http or https`, false);
  if (url.username !== '' || url.password !== '') throw new WebProblem('bad-request', 'a web address must not hold a user name or password', false);
  url.hash = '';
  return url;
}

const withoutSecrets = (headers: Readonly<Record<string, string>>, named: readonly string[]): Record<string, string> => {
  const secret = new Set([...alwaysSecret, ...named.map((name) => name.toLowerCase())]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.has(name.toLowerCase())));
};

const refusal = (host: string, address: string): WebProblem =>
  new WebProblem('forbidden', `${host} is at ${address}, which is not on the public internet; name the host in allow_private to permit it`, false);

/** The system's lookup, refusing private addresses of hosts that were not named. */
function judgingLookup(host: string, allowed: boolean): LookupFunction {
  return (name, options, callback) => {
    systemLookup(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const bad = allowed ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
      if (bad !== undefined) return callback(refusal(host, bad.address), '', 0);
      const first = addresses[0];
      if (first === undefined) return callback(new Error(`${host} has no address`), '', 0);
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function once(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  wanted: WebRequest,
  signal: AbortSignal,
  state: { sent: boolean },
): Promise<Omit<WebAnswer, 'redirects'>> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const allowed = wanted.allowPrivate.includes('*') || wanted.allowPrivate.includes(host);
  if (!allowed && isIP(host) !== 0 && !isPublicAddress(host)) throw refusal(host, host);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      const known = signal.aborted ? signal.reason : error;
      if (known instanceof WebProblem) reject(known);
      else reject(new WebProblem('internal', `${url.origin}: ${error instanceof Error ? error.message : String(error)}`, state.sent, error));
    };
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send(url, {
      method,
      headers: {
        'user-agent': 'Roost',
        accept: '*/*',
        'accept-encoding': 'gzip, deflate, br',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      lookup: judgingLookup(host, allowed),
      agent: false,
      signal,
      maxHeaderSize: 64 * 1024,
    });
    sent.on('socket', (socket) => socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (state.sent = true)));
    sent.on('error', fail);
    sent.on('response', (message) => readAll(message, wanted.maxBytes, wanted.cut === true, url).then(resolve, fail));
    sent.end(body);
  });
}

function decoded(message: IncomingMessage): Readable {
  const encoding = message.headers['content-encoding'];
  if (encoding === 'gzip' || encoding === 'x-gzip') return message.pipe(createGunzip());
  if (encoding === 'deflate') return message.pipe(createInflate());
  return encoding === 'br' ? message.pipe(createBrotliDecompress()) : message;
}

/** Counted after decompression: a small body may unfold to gigabytes. */
function readAll(message: IncomingMessage, maxBytes: number, cut: boolean, url: URL): Promise<Omit<WebAnswer, 'redirects'>> {
  return new Promise((resolve, reject) => {
    const stream = decoded(message);
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (truncated: boolean): void => {
      const headers = Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
      );
      resolve({ url: url.href, status: message.statusCode ?? 0, headers, body: Buffer.concat(chunks), truncated });
    };
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      message.destroy();
      if (!cut) return reject(new WebProblem('too-large', `${url.href} answers with more than ${maxBytes} bytes`, true));
      chunks.push(chunk.subarray(0, chunk.length - (size - maxBytes)));
      end(true);
    });
    stream.on('end', () => end(false));
    stream.on('error', reject);
    message.on('error', reject);
    message.on('aborted', () => reject(new Error('the connection was cut in the middle of the answer')));
  });
}
