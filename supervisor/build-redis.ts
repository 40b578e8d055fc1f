import { join } from 'node:path';
import type { Config } from '../contract/config.js';
import type { Secrets } from '../core/base/secrets.js';
import type { Keys } from '../core/redis/keys.js';
import type { BuildOptions } from './build-options.js';
import type { LifeBook } from './process/life-book.js';
import type { RestartBudget } from './process/restart-budget.js';
import type { Launcher } from './process/types.js';
import { RedisBackups } from './redis/backup/redis-backups.js';
import { ExternalRedis } from './redis/external-redis.js';
import { ManagedRedis } from './redis/managed-redis.js';
import { placesOf } from './redis/redis-check.js';
import type { RedisHost } from './redis/redis-host.js';

/** Our own private Redis, or the one the operator named. */
export function buildRedis(
  options: BuildOptions,
  config: Config['redis'],
  launcher: Launcher,
  keys: Keys,
  dataDir: string,
  budget: RestartBudget,
  book: LifeBook,
  secrets: Secrets,
): RedisHost {
  const { clock, random, env, resourcesDir } = options;
  const log = options.log.child('redis');
  if (config.mode === 'external' && config.url !== undefined) return new ExternalRedis({ url: config.url, clock, log, keys, version: options.version });
  const locate = placesOf({ env, platform: process.platform, resourcesDir });
  return new ManagedRedis({
    launcher,
    clock,
    random,
    log,
    dataDir,
    keys,
    version: options.version,
    locate,
    config,
    budget,
    record: book.of('redis'),
    keepSecret: (value) => secrets.add(value),
  });
}

/** Backups of the Redis that is ours. */
export function buildBackups(options: BuildOptions, config: Config['redis'], launcher: Launcher, redis: RedisHost, dataDir: string): RedisBackups | undefined {
  if (!(redis instanceof ManagedRedis)) return undefined;
  const { every, keep, keepDays } = config.backups;
  const parts = { redis, launcher, clock: options.clock, log: options.log.child('redis'), dir: join(dataDir, 'backup') };
  return new RedisBackups({ ...parts, config: { every, keep, keepDays } });
}

/** Resolves when it serves; rejects with `failed` once it has given up, and with `aborted` when the start is called off. */
export function whenServing(redis: RedisHost, signal: AbortSignal, failed: (why: string) => Error, aborted: () => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      off();
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const check = (): void => {
      const view = redis.view();
      if (view.state === 'running') settle(resolve);
      // A person can still put a backup back: giving up would close the door through which they do it.
      else if (redis.needsRecovery) return;
      else if (view.state === 'failed' || view.state === 'quarantined') settle(() => reject(failed(view.lastExit?.message ?? view.detail)));
    };
    const onAbort = (): void => settle(() => reject(aborted()));
    const off = redis.onChange(() => check());
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else check();
  });
}
