import type { TurnView } from '../../contract/state.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { Script } from './script.js';
import { decodeTurn } from './turn-record.js';

/** What may still become known of a turn that has ended. */
export interface LateFacts {
  readonly rating?: number | undefined;
  readonly reward?: number | undefined;
  readonly suggestion?: string | undefined;
}

/** Takes turns that are safe elsewhere out of Redis, only from the old end and only those that stand there; answers what was known of each at that moment. */
const forgetScript = new Script(`
  local turns, session, turnPrefix = KEYS[1], KEYS[2], ARGV[1]
  local gone, late = 0, {}
  for at = 2, #ARGV do
    if redis.call('LINDEX', turns, 0) ~= ARGV[at] then break end
    redis.call('LPOP', turns)
    late[gone + 1] = redis.call('HMGET', turnPrefix .. ARGV[at], 'rating', 'reward', 'suggestion')
    redis.call('DEL', turnPrefix .. ARGV[at])
    gone = gone + 1
  end
  if gone > 0 and redis.call('EXISTS', session) == 1 then redis.call('HINCRBY', session, 'archived', gone) end
  return late
`);

/** A session's turns as a sequence: the place of each is the same whether Redis or the archive holds it. */
export class TurnHistory {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** How many are in the archive, and how many in Redis behind them, at one moment: between two looks some may move. */
  async counts(sessionId: string): Promise<{ readonly archived: number; readonly kept: number }> {
    const asked = this.#redis.multi().hget(this.#keys.session(sessionId), 'archived').llen(this.#keys.sessionTurns(sessionId));
    const answers = (await asked.exec()) ?? [];
    const [archived, kept] = answers.map(([error, value]) => {
      if (error) throw error;
      return Number(value ?? 0);
    });
    return { archived: archived !== undefined && Number.isInteger(archived) && archived > 0 ? archived : 0, kept: kept ?? 0 };
  }

  /** Those in Redis from place `from` to before `to`, oldest first; a record that is gone is null. */
  async range(sessionId: string, from: number, to: number): Promise<{ readonly id: string; readonly turn: TurnView | undefined }[]> {
    if (to <= from) return [];
    const ids = await this.#redis.lrange(this.#keys.sessionTurns(sessionId), from, to - 1);
    const pipeline = this.#redis.pipeline();
    for (const id of ids) pipeline.hgetall(this.#keys.turn(id));
    const answers = ids.length === 0 ? [] : ((await pipeline.exec()) ?? []);
    return ids.map((id, at) => {
      const [error, hash] = answers[at] ?? [null, {}];
      if (error) throw error;
      return { id, turn: decodeTurn(Object.entries(hash as Record<string, string>).flat()) };
    });
  }

  /** Removes these from Redis, as far as they are the oldest in this order; returns the late facts of those that went, in this order. */
  async forget(sessionId: string, ids: readonly string[]): Promise<LateFacts[]> {
    if (ids.length === 0) return [];
    const keys = [this.#keys.sessionTurns(sessionId), this.#keys.session(sessionId)];
    const gone = (await forgetScript.run(this.#redis, keys, [this.#keys.turn(''), ...ids])) as (string | null)[][];
    const number = (text: string | null | undefined): number | undefined => (text == null || !Number.isFinite(Number(text)) ? undefined : Number(text));
    return gone.map(([rating, reward, suggestion]) => ({ rating: number(rating), reward: number(reward), suggestion: suggestion ?? undefined }));
  }
}
