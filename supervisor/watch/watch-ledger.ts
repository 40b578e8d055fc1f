import { z } from 'zod';
import type { Clock } from '../../core/base/clock.js';
import { call, callDeadlineMs, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';

export interface Reject {
  readonly atMs: number;
  readonly item: string;
  readonly reason: string;
}

const rejectsSchema = z.array(z.object({ atMs: z.number(), item: z.string(), reason: z.string() }));
const keptRejects = 20;

export interface Counts {
  readonly queued: number;
  readonly rejected: number;
  readonly rejects: readonly Reject[];
}

export interface Commit {
  readonly items?: readonly (readonly [field: string, record: unknown])[];
  readonly cursors?: unknown;
  readonly queued?: number;
  readonly rejects?: readonly Reject[];
}

/**
 * What a drop folder has taken in, beside the jobs themselves: in the same Redis, so that a backup that is restored
 * knows of exactly those items whose jobs it holds.
 */
export class WatchLedger {
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #items: string;
  readonly #cursors: string;
  readonly #counts: string;

  constructor(options: { readonly redis: Redis; readonly keys: Keys; readonly clock: Clock; readonly node: string; readonly name: string }) {
    const { redis, keys, clock, node, name } = options;
    this.#redis = redis;
    this.#clock = clock;
    this.#items = keys.watchItems(node, name);
    this.#cursors = keys.watchCursors(node, name);
    this.#counts = keys.watchCounts(node, name);
  }

  /** Fields with their records; a damaged one reads as missing. */
  async items<T>(schema: z.ZodType<T>): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    let cursor = '0';
    do {
      const [next, flat] = await this.#call(this.#redis.hscan(this.#items, cursor, 'COUNT', 1_000));
      cursor = next;
      for (let at = 0; at + 1 < flat.length; at += 2) {
        const parsed = schema.safeParse(fromJson(flat[at + 1] ?? ''));
        if (parsed.success) found.set(flat[at] ?? '', parsed.data);
      }
    } while (cursor !== '0');
    return found;
  }

  async cursors<T>(schema: z.ZodType<T>): Promise<T | undefined> {
    return schema.safeParse(fromJson((await this.#call(this.#redis.get(this.#cursors))) ?? '')).data;
  }

  async counts(): Promise<Counts> {
    const hash = await this.#call(this.#redis.hgetall(this.#counts));
    const rejects = rejectsSchema.safeParse(fromJson(hash['rejects'] ?? '[]'));
    return { queued: Number(hash['queued'] ?? 0), rejected: Number(hash['rejected'] ?? 0), rejects: rejects.success ? rejects.data : [] };
  }

  /** All of it or nothing. */
  async commit({ items = [], cursors, queued = 0, rejects = [] }: Commit, before: Counts): Promise<Counts> {
    const shown = [...rejects.toReversed(), ...before.rejects].slice(0, keptRejects);
    const multi = this.#redis.multi();
    if (items.length > 0) multi.hset(this.#items, ...items.flatMap(([field, record]) => [field, JSON.stringify(record)]));
    if (cursors !== undefined) multi.set(this.#cursors, JSON.stringify(cursors));
    if (queued > 0) multi.hincrby(this.#counts, 'queued', queued);
    if (rejects.length > 0) multi.hincrby(this.#counts, 'rejected', rejects.length).hset(this.#counts, 'rejects', JSON.stringify(shown));
    await this.#call(multi.exec());
    return { queued: before.queued + queued, rejected: before.rejected + rejects.length, rejects: shown };
  }

  async forget(fields: readonly string[]): Promise<void> {
    if (fields.length > 0) await this.#call(this.#redis.hdel(this.#items, ...fields));
  }

  #call<T>(promise: Promise<T>): Promise<T> {
    return call(this.#clock, promise, callDeadlineMs);
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
