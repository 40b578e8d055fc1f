import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.js';

const looks = 4;

/**
 * Ends a connection on which an answer is owed and nothing comes: the other side may be gone without a word (a cable, a
 * router that forgot, a machine that lost its power), and TCP alone would wait for a quarter of an hour. It then connects
 * again by its own rules. Counts looks instead of time, so that a machine that slept breaks nothing.
 */
export function guardHalfOpen(redis: Redis, stream: Socket, limitMs: number, clock: Clock = systemClock): void {
  let heard = 0;
  let seen = 0;
  let quietLooks = 0;
  const owed = (): boolean => ((redis as unknown as { readonly commandQueue?: { readonly length: number } }).commandQueue?.length ?? 0) > 0;
  stream.on('data', () => {
    heard += 1;
  });
  const timer = clock.every(limitMs / looks, () => {
    quietLooks = heard === seen && owed() ? quietLooks + 1 : 0;
    seen = heard;
    // One look more than fit into the limit: the first may come right after the question.
    if (quietLooks <= looks) return;
    // What came while this process itself stood still is read before the verdict.
    setImmediate(() => {
      if (heard === seen && owed()) stream.destroy(new Error(`no answer for ${limitMs} ms on an open connection`));
    });
  });
  stream.once('close', () => timer.cancel());
}
