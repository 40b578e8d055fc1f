import type { TurnView } from '../../contract/state.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { Script } from './script.js';
import { decodeTurn } from './turn-record.js';

/** Takes turns that are safe elsewhere out of Redis, only from the old end and only those that stand there. */
const forgetScript = new Script(`
  local turns, session, turnPrefix = KEYS[1], KEYS[2], ARGV[1]
  local gone = 0
  for at = 2, #ARGV do
    if redis.call('LINDEX', turns, 0) ~= ARGV[at] then break end
    redis.call('LPOP', turns)
    redis.call('DEL', turnPrefix .. ARGV[at])
    gone = gone + 1
  end
  if gone > 0 and redis.call('EXISTS', session) == 1 then redis.call('HINCRBY', session, 'archived', gone) end
  return gone
`);

/** A session's turns as a sequence: the place of each is the same whether Redis or the archive holds it. */
export class TurnHistory {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** How many are in the archive, and how many in Redis behind them. */
  async counts(sessionId: string): Promise<{ readonly archived: number; readonly kept: number }> {
    const [archived, kept] = await Promise.all([
      this.#redis.hget(this.#keys.session(sessionId), 'archived'),
      this.#redis.llen(this.#keys.sessionTurns(sessionId)),
    ]);
    const number = Number(archived ?? 0);
    return { archived: Number.isInteger(number) && number > 0 ? number : 0, kept };
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

  /** Removes these from Redis, as far as they are the oldest in this order; returns how many. */
  async forget(sessionId: string, ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    return Number(await forgetScript.run(this.#redis, [this.#keys.sessionTurns(sessionId), this.#keys.session(sessionId)], [this.#keys.turn(''), ...ids]));
  }
}
