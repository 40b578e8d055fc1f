import type { Redis } from '../../../core/redis/connection.js';
import type { Keys } from '../../../core/redis/keys.js';
import { Script } from '../../../core/sessions/script.js';
import type { TermCounts } from './rising.js';

/** Counts are kept per quarter of a UTC day. */
export const bucketMs = 6 * 3_600_000;
/** Terms one bucket holds: past it only those already there are counted. */
const maxTerms = 2_000;
const maxSeen = 50_000;
const seenDays = 60;

export const bucketOf = (atMs: number): string => new Date(Math.floor(atMs / bucketMs) * bucketMs).toISOString().slice(0, 13);

/** Counts one item and its terms, unless it was counted before: a job that runs again changes nothing. */
const countScript = new Script(`
  local seen, items, terms = KEYS[1], KEYS[2], KEYS[3]
  local id, nowMs, bucket, maxTerms, keepSeconds = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
  if redis.call('ZADD', seen, 'NX', nowMs, id) == 0 then return 0 end
  redis.call('HINCRBY', items, bucket, 1)
  local room = maxTerms - redis.call('HLEN', terms)
  for at = 6, #ARGV do
    if room > 0 or redis.call('HEXISTS', terms, ARGV[at]) == 1 then
      if redis.call('HINCRBY', terms, ARGV[at], 1) == 1 then room = room - 1 end
    end
  end
  redis.call('EXPIRE', terms, keepSeconds)
  return 1
`);

/** How many items of each time held each term. */
export class TermStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** False when the item was counted before. `id` names it for good; `atMs` is when it was published. */
  async count(id: string, atMs: number, terms: ReadonlySet<string>, options: { readonly nowMs: number; readonly keepDays: number }): Promise<boolean> {
    const bucket = bucketOf(atMs);
    const keys = [this.#keys.trendSeen, this.#keys.trendItems, this.#keys.trendTerms(bucket)];
    return (await countScript.run(this.#redis, keys, [id, options.nowMs, bucket, maxTerms, options.keepDays * 86_400, ...terms])) === 1;
  }

  /** The sum of all buckets that begin in [fromMs, toMs). */
  async between(fromMs: number, toMs: number): Promise<TermCounts> {
    const sizes = await this.#redis.hgetall(this.#keys.trendItems);
    const buckets = Object.keys(sizes).filter((bucket) => {
      const beginMs = Date.parse(`${bucket}:00:00Z`);
      return beginMs >= fromMs && beginMs < toMs;
    });
    const sums = new Map<string, number>();
    for (const bucket of buckets) {
      for (const [term, count] of Object.entries(await this.#redis.hgetall(this.#keys.trendTerms(bucket))))
        sums.set(term, (sums.get(term) ?? 0) + Number(count));
    }
    return { items: buckets.reduce((sum, bucket) => sum + Number(sizes[bucket] ?? 0), 0), of: sums };
  }

  /** Forgets what is older than any use of it. */
  async trim(nowMs: number, keepDays: number): Promise<void> {
    await this.#redis.zremrangebyscore(this.#keys.trendSeen, '-inf', nowMs - seenDays * 86_400_000);
    await this.#redis.zremrangebyrank(this.#keys.trendSeen, 0, -maxSeen - 1);
    const old = Object.keys(await this.#redis.hgetall(this.#keys.trendItems)).filter(
      (bucket) => !(Date.parse(`${bucket}:00:00Z`) >= nowMs - keepDays * 86_400_000),
    );
    if (old.length > 0) await this.#redis.hdel(this.#keys.trendItems, ...old);
  }
}
