import type { RedisHost } from './redis-host.js';

export interface RefusalActs {
  /** Once for each time it refuses to start until a person decides. */
  onNeedsRecovery(why: string): void;
  /** It took no changes, for want of disk or memory, and takes them again. */
  onServesAgain(): Promise<void>;
  onError(error: unknown): void;
}

/** Tells when a Redis begins and ends to refuse its work. Returns the way to stop. */
export function watchRefusals(redis: Pick<RedisHost, 'view' | 'trouble' | 'needsRecovery' | 'onChange'>, acts: RefusalActs): () => void {
  let refused = false;
  let needed = false;
  return redis.onChange(() => {
    if (redis.needsRecovery && !needed) acts.onNeedsRecovery(redis.view().detail);
    needed = redis.needsRecovery;
    const refuses = redis.trouble?.code === 'disk-full' || redis.trouble?.code === 'memory-full';
    // An end of its process clears the trouble as well: then it serves again only when it runs again.
    const again = refused && !refuses && redis.view().state === 'running';
    refused = !again && (refused || refuses);
    if (again) acts.onServesAgain().catch((error: unknown) => acts.onError(error));
  });
}
