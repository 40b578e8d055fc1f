import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { holdLevels } from '../../contract/state.js';
import { writeFileAtomic } from '../../core/base/atomic-file.js';
import type { Clock } from '../../core/base/clock.js';
import { call, type Redis } from '../../core/redis/connection.js';
import type { HoldRecord } from './hold-plan.js';

const recordSchema = z.object({ level: z.enum(holdLevels), sinceMs: z.number(), queues: z.array(z.string()) });

function parse(text: string | null): HoldRecord | undefined {
  if (text === null || text.trim() === '') return undefined;
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Remembers a stop in two places: in Redis, where an operator looks, and in a file, which is read before
 * Redis is up and keeps the stop while Redis is away.
 */
export class HoldStore {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #key: string;
  readonly #node: string;

  constructor(options: { readonly file: string; readonly clock: Clock; readonly key: string; readonly node: string }) {
    this.#file = options.file;
    this.#clock = options.clock;
    this.#key = options.key;
    this.#node = options.node;
  }

  /** A file that cannot be understood still means that somebody wanted a stop. */
  async readFile(nowMs: number): Promise<HoldRecord | undefined> {
    const text = await readFile(this.#file, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (parse(text) ?? { level: 'hold', sinceMs: nowMs, queues: [] });
  }

  writeFile(record: HoldRecord): Promise<void> {
    return writeFileAtomic({ path: this.#file, text: `${JSON.stringify(record)}\n` });
  }

  removeFile(): Promise<void> {
    return rm(this.#file, { force: true });
  }

  async readRedis(redis: Redis): Promise<HoldRecord | undefined> {
    return parse(await call(this.#clock, redis.hget(this.#key, this.#node)));
  }

  async writeRedis(redis: Redis, record: HoldRecord): Promise<void> {
    await call(this.#clock, redis.hset(this.#key, this.#node, JSON.stringify(record)));
  }

  async removeRedis(redis: Redis): Promise<void> {
    await call(this.#clock, redis.hdel(this.#key, this.#node));
  }
}
