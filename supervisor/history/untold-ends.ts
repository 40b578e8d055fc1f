import { type Ended, endedField, errorCodeOf, maxErrorChars, parseBatch } from '../../core/jobs/ended.js';
import { jobNames } from '../../core/jobs/queues.js';
import type { Redis } from '../../core/redis/connection.js';

export interface FinishedSource {
  /** As people know it. */
  readonly queue: string;
  /** Of the queue library's keys, ending in a colon. */
  readonly prefix: string;
}

/** Entries of the stream and finished jobs of each queue that are compared: far more than a quarter of a second holds. */
const lookedEntries = 100;
const lookedJobs = 300;
/** Clocks and batches: what ended this long before the newest record may have been told after it. */
const marginMs = 5_000;

/**
 * Jobs that a dead worker finished and had no time to tell of: finished in Redis after (or shortly before) the newest
 * record of this node, by a worker that `isDead` knows, and not in the stream. A job told already is never given again.
 */
export async function untoldEnds(options: {
  readonly redis: Redis;
  readonly stream: string;
  readonly node: string;
  readonly sources: readonly FinishedSource[];
  /** Of the mark a worker leaves on its jobs. */
  isDead(worker: string, queue: string): boolean;
}): Promise<Ended[]> {
  const { redis, stream, node, sources, isDead } = options;
  const entries = await redis.xrevrange(stream, '+', '-', 'COUNT', lookedEntries);
  const told = entries.flatMap(([, fields]) => parseBatch(fields[fields.indexOf(endedField) + 1] ?? ''));
  const ours = told.filter(({ d }) => d === node);
  // Nothing of ours to go by: whatever finished may have been told long ago.
  if (ours.length === 0) return [];
  const sinceMs = Math.max(...ours.map(({ t }) => t)) - marginMs;
  // Beyond what was looked at nobody knows what was told.
  const oldestMs = entries.length < lookedEntries ? 0 : Math.min(...told.map(({ t }) => t));
  const known = new Set(told.map(({ q, i, t }) => `${q}\0${i}\0${t}`));
  const found: Ended[] = [];
  for (const { queue, prefix } of sources) {
    for (const outcome of ['completed', 'failed'] as const) {
      const range = await redis.zrevrangebyscore(`${prefix}${outcome}`, '+inf', Math.max(sinceMs, oldestMs), 'WITHSCORES', 'LIMIT', 0, lookedJobs);
      for (let at = 0; at + 1 < range.length; at += 2) {
        const [id = '', endedMs] = [range[at], Number(range[at + 1])];
        if (known.has(`${queue}\0${id}\0${endedMs}`)) continue;
        const ended = endedOf(queue, id, outcome, endedMs, node, await redis.hmget(`${prefix}${id}`, ...fields));
        if (ended !== undefined && isDead(ended.k ?? '', queue)) found.push(ended);
      }
    }
  }
  return found;
}

const fields = ['name', 'timestamp', 'processedOn', 'atm', 'pb', 'failedReason'] as const;

function endedOf(
  queue: string,
  id: string,
  outcome: 'completed' | 'failed',
  endedMs: number,
  node: string,
  row: readonly (string | null)[],
): Ended | undefined {
  const [name, timestamp, processedOn, attempts, worker, reason] = row;
  if (name == null || name === jobNames.canary || worker == null) return undefined;
  const startedMs = processedOn == null ? undefined : Number(processedOn);
  const tries = Math.max(1, Number(attempts ?? 1));
  return {
    q: queue,
    n: name,
    i: id,
    o: outcome === 'failed' && errorCodeOf(reason ?? '') === 'cancelled' ? 'cancelled' : outcome,
    t: endedMs,
    ...(startedMs === undefined ? {} : { r: Math.max(0, endedMs - startedMs) }),
    ...(startedMs === undefined || tries > 1 ? {} : { w: Math.max(0, startedMs - Number(timestamp)) }),
    a: tries,
    k: worker,
    d: node,
    ...(outcome === 'failed' && reason != null ? { c: errorCodeOf(reason), e: reason.slice(0, maxErrorChars) } : {}),
  };
}
