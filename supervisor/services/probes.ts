import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import type { AliveConfig, ReadyConfig } from '../../contract/services.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { LogLine } from '../process/types.js';
import { wordOf } from './words.js';

/** One question to a service. `null` is a good answer, a text says what was wrong, as the end of "it …". */
export type Answer = string | null;

/** Runs a small program to its end; the number is its exit code. Rejects when it cannot be started. */
export type RunProgram = (argv: readonly [string, ...string[]], signal: AbortSignal) => Promise<number | null>;

export interface ProbeTools {
  readonly clock: Clock;
  readonly run: RunProgram;
}

export type ProbeConfig = Pick<ReadyConfig & AliveConfig, 'http' | 'tcp' | 'command'>;

/** "8000", "localhost:8000", "[::1]:8000" as host and port; a bare port is on loopback. */
export function tcpTarget(place: string | number): { readonly host: string; readonly port: number } {
  if (typeof place === 'number') return { host: '127.0.0.1', port: place };
  const at = place.lastIndexOf(':');
  return { host: place.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(place.slice(at + 1)) };
}

const loopback = new Set(['127.0.0.1', 'localhost', '::1', '[::1]', '0.0.0.0']);

/** The port of this machine on which a service is asked; null when it is asked elsewhere or in another way. */
export function localPort({ ready, alive }: { readonly ready?: ProbeConfig | undefined; readonly alive?: ProbeConfig | undefined }): number | null {
  for (const probe of [ready, alive]) {
    if (probe?.tcp !== undefined) {
      const { host, port } = tcpTarget(probe.tcp);
      if (loopback.has(host)) return port;
    }
    const url = probe?.http !== undefined && URL.canParse(probe.http) ? new URL(probe.http) : null;
    if (url !== null && loopback.has(url.hostname)) return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  }
  return null;
}

/** As kubelet reads it: 2xx and 3xx are good. */
export const httpAnswer = (status: number | undefined): Answer => (status !== undefined && status >= 200 && status < 400 ? null : `answered ${status}`);

export const exitAnswer = (code: number | null): Answer => (code === 0 ? null : code === null ? 'was killed' : `ended with exit code ${code}`);

/** Whether a line of output is the awaited one; undefined when readiness does not come by output. */
export function awaitedLine(ready: ReadyConfig): ((line: Pick<LogLine, 'stream' | 'text'>) => boolean) | undefined {
  const wanted = ready.log;
  if (wanted !== undefined) return (line) => line.stream !== 'roost' && line.text.includes(wanted);
  return ready.message === true ? (line) => line.stream === 'out' && wordOf(line.text)?.kind === 'ready' : undefined;
}

export function probeName({ http, tcp, command }: ProbeConfig): string {
  return http !== undefined
    ? `GET ${http}`
    : tcp !== undefined
      ? `a connection to ${typeof tcp === 'number' ? `port ${tcp}` : tcp}`
      : `the command ${command?.[0]}`;
}

/** Asks once. Never rejects and never takes longer than the deadline, whatever is at the other end. */
export async function ask(probe: ProbeConfig, tools: ProbeTools, deadlineMs: number, signal: AbortSignal): Promise<Answer> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const outcome = await within(tools.clock, deadlineMs, askNow(probe, tools, over.signal), signal);
    if (outcome.kind === 'done') return outcome.value;
    return outcome.kind === 'timeout' ? `gave no answer within ${deadlineMs} ms` : 'was not asked to the end';
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    signal.removeEventListener('abort', stop);
    over.abort();
  }
}

function askNow({ http, tcp, command }: ProbeConfig, tools: ProbeTools, signal: AbortSignal): Promise<Answer> {
  if (http !== undefined) return askHttp(http, signal);
  if (tcp !== undefined) return askTcp(tcp, signal);
  const [program, ...args] = command ?? [];
  return program === undefined ? Promise.resolve('has no probe') : tools.run([program, ...args], signal).then(exitAnswer);
}

/** Its own connection each time: one that is kept open would answer for a listener that is gone. */
function askHttp(url: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet;
    const request = get(url, { agent: false, signal, headers: { 'user-agent': 'roost-probe', connection: 'close' } }, (response) => {
      resolve(httpAnswer(response.statusCode));
      // The body is of no interest and may never end.
      response.on('error', () => undefined);
      response.destroy();
    });
    request.on('error', reject);
  });
}

function askTcp(place: string | number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...tcpTarget(place), signal });
    socket.on('connect', () => {
      resolve(null);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
