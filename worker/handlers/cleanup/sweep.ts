import type { Redis } from '../../../core/redis/connection.js';

const pageSize = 500;

/** All keys of a pattern, page by page, without ever holding the server: SCAN does bounded steps and KEYS is never used. A key may come twice. */
export async function* keysLike(redis: Redis, pattern: string, type: 'hash' | 'list' | 'zset' | 'string', signal: AbortSignal): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', pageSize, 'TYPE', type);
    cursor = next;
    if (keys.length > 0) yield keys;
  } while (cursor !== '0');
}

/** What SCAN takes as a pattern stands for itself. */
export const literally = (text: string): string => text.replace(/[*?[\]\\]/g, '\\$&');

/** One round trip for a field list of each key. */
export async function readFields(redis: Redis, keys: readonly string[], fields: readonly string[]): Promise<(readonly (string | null)[])[]> {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.hmget(key, ...fields);
  const rows: (readonly (string | null)[])[] = [];
  for (const [error, values] of (await pipeline.exec()) ?? []) {
    if (error !== null) throw error;
    rows.push(values as (string | null)[]);
  }
  return rows;
}

/** Bytes the keys hold, by MEMORY USAGE; 0 where the server does not tell. */
export async function bytesOf(redis: Redis, keys: readonly string[]): Promise<number> {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.memory('USAGE', key, 'SAMPLES', '5');
  let sum = 0;
  for (const [error, size] of (await pipeline.exec()) ?? []) if (error === null) sum += Number(size ?? 0);
  return sum;
}
