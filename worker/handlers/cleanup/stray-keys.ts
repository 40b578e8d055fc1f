import type { Keys } from '../../../core/redis/keys.js';
import type { Freed, Sweep } from './old-sessions.js';
import { bytesOf, keysLike, literally } from './sweep.js';

/** Keys whose owner is gone. `owner` gives the key that must exist for this one to matter. */
export interface StrayKind {
  readonly what: string;
  readonly pattern: string;
  readonly type: 'list' | 'string';
  owner(key: string): string | null;
}

/** A user's pointer and a session's lists without the session. Keys of agents end by themselves. */
export function strayKeys(keys: Keys): readonly StrayKind[] {
  const sessionPrefix = keys.session('');
  const ownerOf = (suffix: string) => (key: string) => {
    const id = key.slice(sessionPrefix.length, -suffix.length);
    return id === '' || id.includes(':') ? null : keys.session(id);
  };
  return [
    { what: 'lists of turns without a session', pattern: `${literally(sessionPrefix)}*:turns`, type: 'list', owner: ownerOf(':turns') },
    { what: 'lines of turns without a session', pattern: `${literally(sessionPrefix)}*:pending`, type: 'list', owner: ownerOf(':pending') },
  ];
}

/** Only keys that nobody has touched for the limit: one that is being made has its owner written in the same moment, but not before. */
export async function sweepStray(sweep: Sweep, kind: StrayKind): Promise<Freed> {
  const { redis, maxAgeMs, dryRun, signal } = sweep;
  let [count, bytes] = [0, 0];
  for await (const page of keysLike(redis, kind.pattern, kind.type, signal)) {
    for (const key of page) {
      const owner = kind.owner(key);
      if (owner === null || (await redis.exists(owner)) === 1) continue;
      const idleSeconds = Number((await redis.object('IDLETIME', key)) ?? 0);
      if (idleSeconds * 1_000 < maxAgeMs) continue;
      bytes += await bytesOf(redis, [key]);
      count += 1;
      if (!dryRun) await redis.unlink(key);
    }
    sweep.moved();
  }
  return { what: kind.what, count, bytes };
}
