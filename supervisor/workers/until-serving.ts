import { RoostError } from '../../contract/errors.js';
import type { RedisHost } from '../redis/redis-host.js';

/** A worker without Redis could only fail: its start waits, and that is no failure of its own. */
export function untilServing(redis: Pick<RedisHost, 'view' | 'onChange'>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (!signal.aborted && redis.view().state !== 'running') return;
      off();
      signal.removeEventListener('abort', check);
      if (signal.aborted) reject(new RoostError('cancelled', 'The start was called off.'));
      else resolve();
    };
    const off = redis.onChange(check);
    signal.addEventListener('abort', check, { once: true });
    check();
  });
}
