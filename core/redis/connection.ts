import type { Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { RoostError } from '../../contract/errors.js';
import type { RedisAddress } from '../../contract/messages.js';
import type { Clock } from '../base/clock.js';
import { within } from '../base/deadline.js';
import type { Log } from '../base/log.js';
import { guardHalfOpen } from './half-open.js';

export type { Redis } from 'ioredis';

/**
 * `blocking`: for BullMQ workers, retries for ever. `calls`: for requests, fails at once while offline.
 * `probe`: one try, no second connection, and it also sees a server that is still loading its data.
 */
export type ConnectionRole = 'blocking' | 'calls' | 'probe';

/** Nobody waits longer than this for one answer: a hung server gives no error of its own for many seconds. */
export const callDeadlineMs = 2_000;
const connectTimeoutMs = 2_000;

/** Silence on a connection that owes an answer; a worker may wait 10 s for a job at the server. */
const answerLimitMs: Readonly<Record<ConnectionRole, number>> = { blocking: 16_000, calls: 6_000, probe: 6_000 };

/** Capped at 1 s: the library's default costs 18 s after an outage of 20 s. */
export const reconnectDelayMs = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 10), 1_000);

/** The mapping of replies is part of the client's type, so it stays out of options that are built. */
type Options = Omit<RedisOptions, 'replyMapping'>;

export function connectionOptions(address: RedisAddress, role: ConnectionRole, name: string): Options {
  return {
    ...('url' in address ? {} : place(address)),
    connectionName: name,
    connectTimeout: connectTimeoutMs,
    retryStrategy: role === 'probe' ? () => null : reconnectDelayMs,
    ...(role === 'probe' ? { enableReadyCheck: false } : {}),
    // 0 retries: a command in flight when the connection breaks fails at once instead of running a second time later.
    ...(role === 'blocking' ? { maxRetriesPerRequest: null, enableOfflineQueue: true } : { maxRetriesPerRequest: 0, enableOfflineQueue: false }),
  };
}

/**
 * Opens a connection that reconnects for ever (but for `probe`) and never throws by event. A `calls`
 * connection refuses commands until it is ready: wait with `whenReady`. End it with `disconnect()`.
 */
export function connect(address: RedisAddress, role: ConnectionRole, name: string, log: Log): Redis {
  const options = connectionOptions(address, role, name);
  const redis = 'url' in address ? new Redis(address.url, options) : new Redis(options);
  redis.on('connect', () => {
    const { stream } = redis as unknown as { readonly stream: Socket };
    gatherWrites(stream);
    guardHalfOpen(redis, stream, answerLimitMs[role]);
  });
  let outage = false;
  const lost = (message: string): void => {
    if (outage) return;
    outage = true;
    log.warn('the connection to Redis is lost', { connection: name, error: message });
  };
  redis.on('error', (error: Error) => lost(error.message));
  redis.on('reconnecting', () => lost('closed by the other side'));
  redis.on('ready', () => {
    if (outage) log.info('the connection to Redis is back', { connection: name });
    outage = false;
  });
  return redis;
}

/** Commands that are given in one turn of the event loop go out in one write: fifty requests at the same moment are one packet, not fifty. */
function gatherWrites(stream: Socket): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let gathering = false;
  const send = (): void => {
    gathering = false;
    stream.uncork();
  };
  stream.write = ((...args: unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      stream.cork();
      setImmediate(send);
    }
    return write(...args);
  }) as Socket['write'];
}

/** Resolves once commands are answered; otherwise `redis-unavailable` at the deadline or on abort. */
export async function whenReady(clock: Clock, redis: Redis, deadlineMs = callDeadlineMs, signal?: AbortSignal): Promise<void> {
  if (redis.status === 'ready') return;
  let lastError: unknown;
  let settle = (_outcome: 'ready' | 'ended'): void => undefined;
  const settled = new Promise<'ready' | 'ended'>((resolve) => {
    settle = resolve;
  });
  const onReady = (): void => settle('ready');
  const onEnd = (): void => settle('ended');
  const onError = (error: unknown): void => {
    lastError = error;
  };
  redis.on('ready', onReady).on('end', onEnd).on('error', onError);
  if (redis.status === 'end') onEnd();
  try {
    const outcome = await within(clock, deadlineMs, settled, signal);
    if (outcome.kind === 'done' && outcome.value === 'ready') return;
    const why = lastError instanceof Error ? `: ${lastError.message}` : '';
    const what =
      outcome.kind === 'aborted'
        ? 'Waiting for Redis was given up'
        : outcome.kind === 'done'
          ? 'The connection to Redis has ended'
          : `Redis was not ready within ${deadlineMs} ms`;
    throw new RoostError('redis-unavailable', `${what}${why}.`, { cause: lastError, retryAfterMs: 1_000 });
  } finally {
    redis.off('ready', onReady).off('end', onEnd).off('error', onError);
  }
}

/**
 * Awaits one Redis call with a deadline. No answer, or no connection: `redis-unavailable`; full disk:
 * `disk-full`; full memory: `redis-failed`. Anything else passes through as it is.
 */
export async function call<T>(clock: Clock, promise: Promise<T>, deadlineMs = callDeadlineMs): Promise<T> {
  try {
    const outcome = await within(clock, deadlineMs, promise);
    if (outcome.kind === 'done') return outcome.value;
  } catch (error) {
    throw redisError(error);
  }
  throw new RoostError('redis-unavailable', `Redis gave no answer within ${deadlineMs} ms.`, { retryAfterMs: 1_000 });
}

/** Words of the client library and of the operating system for "there is nobody to ask"; neither offers a code for all of them. */
const noConnection =
  /isn't writeable|Connection is closed|ECONN|ENOENT|EPIPE|EACCES|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|max retries per request|Command aborted|timed out/i;

/** The one place that reads the text of a Redis error: its first word is its code, inside a script it stands further back. */
export function redisError(error: unknown): unknown {
  if (error instanceof RoostError || !(error instanceof Error)) return error;
  const text = `${error.name} ${error.message}`;
  if (/\b(LOADING|MASTERDOWN|BUSY) /.test(text))
    return new RoostError('redis-unavailable', 'Redis is busy and takes no commands at the moment.', { cause: error, retryAfterMs: 1_000 });
  if (/\bMISCONF /.test(text)) return new RoostError('disk-full', 'Redis cannot write to its disk (is it full?) and refuses changes.', { cause: error });
  if (/\bOOM /.test(text)) return new RoostError('redis-failed', 'The memory of Redis is full and it refuses changes.', { cause: error });
  if (noConnection.test(text)) return new RoostError('redis-unavailable', 'Redis cannot be reached at the moment.', { cause: error, retryAfterMs: 1_000 });
  return error;
}

function place(address: Exclude<RedisAddress, { url: string }>): Options {
  const user = {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
  };
  return 'path' in address ? { path: address.path, ...user } : { host: address.host, port: address.port, ...user };
}
