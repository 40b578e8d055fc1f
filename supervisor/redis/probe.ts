import { RoostError } from '../../contract/errors.js';
import type { RedisAddress } from '../../contract/messages.js';
import { type Clock, sleep } from '../../core/base/clock.js';
import { type Log, silentLog } from '../../core/base/log.js';
import { call, callDeadlineMs, connect, type Redis, redisError, whenReady } from '../../core/redis/connection.js';
import type { RedisProduct } from './version-floor.js';

/** What the server says about itself. */
export interface ServerInfo {
  readonly version: string;
  readonly product: RedisProduct;
  readonly runId: string;
  readonly pid: number;
  readonly loading: boolean;
  readonly evictionPolicy: string;
  /** False while the last write of the append-only file failed: the disk is full or gone. */
  readonly writesReachDisk: boolean;
}

export function readInfo(text: string): ServerInfo {
  const fields = new Map(text.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  return {
    version: fields.get('valkey_version') ?? fields.get('redis_version') ?? 'unknown',
    product: fields.has('valkey_version') ? 'valkey' : 'redis',
    runId: fields.get('run_id') ?? '',
    pid: Number(fields.get('process_id') ?? Number.NaN),
    loading: fields.get('loading') === '1',
    evictionPolicy: fields.get('maxmemory_policy') ?? 'unknown',
    writesReachDisk: fields.get('aof_last_write_status') !== 'err',
  };
}

/** What one PING found out. `troubled`: it lives and answers, but refuses work for a reason of its own. */
export type Pulse =
  | { readonly kind: 'alive' }
  | { readonly kind: 'troubled'; readonly code: 'loading' | 'busy' | 'disk-full' | 'memory-full'; readonly message: string }
  | { readonly kind: 'silent'; readonly why: string };

export function pulseOf(error: unknown): Pulse {
  const text = error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}` : String(error);
  if (/\bLOADING /.test(text)) return { kind: 'troubled', code: 'loading', message: 'Redis is loading its data.' };
  if (/\bBUSY /.test(text)) return { kind: 'troubled', code: 'busy', message: 'Redis is busy with a script.' };
  if (/\bMISCONF /.test(text)) return { kind: 'troubled', code: 'disk-full', message: 'Redis cannot write to its disk (is it full?) and refuses changes.' };
  if (/\bOOM /.test(text))
    return { kind: 'troubled', code: 'memory-full', message: 'The memory of Redis is full (redis.maxMemory) and it refuses changes; nothing is evicted.' };
  // A person reads this: the words of the client library say nothing to them, the code of the system does.
  const known = redisError(error);
  const code = /\bE[A-Z]{4,}\b/.exec(text)?.[0];
  const why = known instanceof Error ? known.message : text.trim();
  return { kind: 'silent', why: code === undefined || why.includes(code) ? why : `${why.replace(/\.$/, '')} (${code}).` };
}

export async function ping(clock: Clock, redis: Redis, deadlineMs = callDeadlineMs): Promise<Pulse> {
  try {
    await whenReady(clock, redis, deadlineMs);
    await call(clock, redis.ping(), deadlineMs);
    return { kind: 'alive' };
  } catch (error) {
    return pulseOf(error);
  }
}

/** Runs `act` on a fresh connection that is closed afterwards, whatever happens. */
export async function withProbe<T>(clock: Clock, address: RedisAddress, act: (redis: Redis) => Promise<T>, deadlineMs = callDeadlineMs): Promise<T> {
  const redis = connect(address, 'probe', 'roost-probe', silentLog);
  try {
    await whenReady(clock, redis, deadlineMs);
    return await act(redis);
  } finally {
    redis.disconnect();
  }
}

const firstGapMs = 20;
const laterGapMs = 250;

/**
 * Waits until the server answers a command of our own user and has loaded its data. It must know
 * `nonceUser`: that proves it is the child started for this attempt and not a stranger or an older
 * one at the same address. Rejects with the signal's reason on abort, with `redis-failed` when the answer is wrong for good.
 */
export async function untilServing(options: {
  readonly clock: Clock;
  readonly address: RedisAddress;
  readonly nonceUser: string;
  readonly signal: AbortSignal;
  readonly log: Log;
}): Promise<ServerInfo> {
  const { clock, address, signal } = options;
  const fastUntilMs = clock.monoMs() + 2_000;
  let told = '';
  for (;;) {
    signal.throwIfAborted();
    try {
      const { info, users } = await withProbe(clock, address, async (redis) => ({
        info: readInfo(await call(clock, redis.info())),
        users: (await call(clock, redis.acl('USERS'))) as readonly string[],
      }));
      if (!users.includes(options.nonceUser)) throw new RoostError('redis-failed', 'Another Redis server answers at the address of the one that was started.');
      if (info.evictionPolicy !== 'noeviction')
        throw new RoostError('redis-failed', `Redis evicts keys (maxmemory-policy ${info.evictionPolicy}); jobs would be lost, it must be noeviction.`);
      if (!info.loading) return info;
      if (told !== 'loading') options.log.info('redis is loading its data');
      told = 'loading';
    } catch (error) {
      if (error instanceof RoostError && error.code === 'redis-failed') throw error;
      const why = error instanceof Error ? error.message : String(error);
      if (told !== why) options.log.debug('redis does not answer yet', { error: why });
      told = why;
    }
    await sleep(clock, clock.monoMs() < fastUntilMs ? firstGapMs : laterGapMs, signal);
  }
}
