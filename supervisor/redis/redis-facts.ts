import { RoostError } from '../../contract/errors.js';
import type { Reason } from '../../contract/state.js';
import type { RedisHost } from './redis-host.js';

/** What a person should know about it although it works. */
export function redisNotes({ versionNote }: RedisHost): Reason[] {
  return versionNote === null ? [] : [{ code: 'redis-outdated', process: 'redis', message: versionNote, runbook: 'redis-outdated' }];
}

/** Only what keeps work from being taken; loading and a busy script pass by themselves. */
export function refusal(trouble: RedisHost['trouble']): { readonly code: 'disk-full' | 'memory-full'; readonly message: string } | null {
  return trouble !== null && (trouble.code === 'disk-full' || trouble.code === 'memory-full') ? { code: trouble.code, message: trouble.message } : null;
}

/** Where the server listens, without user and password; null while that is not known. */
export function placeOf(redis: RedisHost): string | null {
  try {
    const address = redis.address();
    if ('path' in address) return address.path;
    return 'url' in address ? new URL(address.url).host : `${address.host}:${address.port}`;
  } catch {
    // Not known before the server was started once.
    return null;
  }
}

/** Why Roost cannot start with it. Somebody else's server fails for one reason only: its keys are not ours to work with. */
export const startFailure = ({ mode }: RedisHost, why: string): RoostError => new RoostError(mode === 'external' ? 'newer-state' : 'redis-failed', why);
