import { Queue } from 'bullmq';
import type { Freed, Sweep } from './old-sessions.js';
import { keysLike, literally } from './sweep.js';

const cleanedAtOnce = 1_000;

/** Names of all queues below our prefix, from the record each keeps of itself. */
export async function queuesOf(sweep: Pick<Sweep, 'redis' | 'keys' | 'signal'>): Promise<readonly string[]> {
  const prefix = `${sweep.keys.bull}:`;
  const names = new Set<string>();
  for await (const page of keysLike(sweep.redis, `${literally(prefix)}*:meta`, 'hash', sweep.signal))
    for (const key of page) names.add(key.slice(prefix.length, -':meta'.length));
  return [...names].sort();
}

/** Finished jobs older than the limit; failed ones stay four times as long, since somebody may still want to look. */
export async function sweepJobs(sweep: Sweep, historyMs: number): Promise<readonly Freed[]> {
  const freed: Freed[] = [];
  let [completed, failed] = [0, 0];
  for (const name of await queuesOf(sweep)) {
    const queue = new Queue(name, { connection: sweep.redis, prefix: sweep.keys.bull });
    queue.on('error', () => undefined);
    try {
      completed += await clean(sweep, queue, 'completed', historyMs);
      failed += await clean(sweep, queue, 'failed', historyMs * 4);
    } finally {
      await queue.close();
    }
  }
  freed.push({ what: 'finished jobs', count: completed, bytes: 0 }, { what: 'failed jobs', count: failed, bytes: 0 });
  return freed;
}

async function clean(sweep: Sweep, queue: Queue, state: 'completed' | 'failed', olderThanMs: number): Promise<number> {
  if (sweep.dryRun) return sweep.redis.zcount(queue.toKey(state), '-inf', sweep.nowMs - olderThanMs);
  let sum = 0;
  for (;;) {
    sweep.signal.throwIfAborted();
    const gone = await queue.clean(olderThanMs, cleanedAtOnce, state);
    sum += gone.length;
    sweep.moved();
    if (gone.length < cleanedAtOnce) return sum;
  }
}
