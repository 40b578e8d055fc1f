import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { quotaLua, quotaPrefix } from './quota-lua.js';
import { Script } from './script.js';

const usedScript = new Script(`${quotaLua}
  local day, resetsAt = today(KEYS[1], ARGV[2], ARGV[4], ARGV[5])
  return { usedOn(day, ARGV[1], ARGV[3]), resetsAt }
`);

const busiestScript = new Script(`${quotaLua}
  local day, resetsAt = today(KEYS[1], ARGV[2], ARGV[4], ARGV[5])
  return { redis.call('ZREVRANGE', keyOf(day, ARGV[1]), 0, tonumber(ARGV[3]) - 1, 'WITHSCORES'), resetsAt }
`);

/** Local time minus UTC: now, and at the next midnight. */
export interface DayOffsets {
  readonly offsetMs: number;
  readonly nextOffsetMs: number;
}

export const utcDay: DayOffsets = { offsetMs: 0, nextOffsetMs: 0 };

export interface Used {
  readonly userId: string;
  readonly used: number;
}

/** Who has asked how many turns today; the counting itself happens where a turn is created. */
export class QuotaStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** `nowMs` for tests; else the time of the server. */
  async used(userId: string, nowMs?: number, day: DayOffsets = utcDay): Promise<{ readonly used: number; readonly resetsAtMs: number }> {
    const [used, resetsAt] = (await usedScript.run(
      this.#redis,
      [this.#keys.quotaDay],
      [quotaPrefix(this.#keys), nowMs ?? '', userId, day.offsetMs, day.nextOffsetMs],
    )) as [number, string];
    return { used: Number(used), resetsAtMs: Number(resetsAt) };
  }

  /** The busiest first. */
  async busiest(limit: number, nowMs?: number, day: DayOffsets = utcDay): Promise<{ readonly users: readonly Used[]; readonly resetsAtMs: number }> {
    const answer = await busiestScript.run(this.#redis, [this.#keys.quotaDay], [quotaPrefix(this.#keys), nowMs ?? '', limit, day.offsetMs, day.nextOffsetMs]);
    const [flat, resetsAt] = answer as [string[], string];
    const users: Used[] = [];
    for (let at = 0; at + 1 < flat.length; at += 2) users.push({ userId: flat[at] as string, used: Number(flat[at + 1]) });
    return { users, resetsAtMs: Number(resetsAt) };
  }
}
