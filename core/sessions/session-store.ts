import { type SessionStatus, type SessionView, sessionStatuses, sessionViewSchema } from '../../contract/state.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { type Fields, fieldsOf, numberOf, oneOf } from './fields.js';
import { Script } from './script.js';
import { encodeFields } from './turn-record.js';

/** A session as Redis keeps it; `node` is the Roost that holds its agent. */
export type SessionRecord = Omit<SessionView, 'workspace' | 'about'> & {
  readonly node: string;
  /** Name of the folder with its files; null until it had an agent. */
  readonly folder: string | null;
  /** What its agent calls the conversation. */
  readonly conversation: string | null;
};
export type SessionPatch = Partial<Omit<SessionRecord, 'id' | 'userId' | 'createdAt' | 'turns' | 'lastTurnAt' | 'error'>> & { readonly error?: string | null };

/** At most `limit` new sessions of one user within any `windowMs`. */
export interface StartRate {
  readonly limit: number;
  readonly windowMs: number;
  /** For tests; else the time of the Redis server, which all nodes share. */
  readonly nowMs?: number;
}

export type Admission =
  | { readonly kind: 'created' }
  | { readonly kind: 'existing'; readonly session: SessionRecord }
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number };

/** How long an ended session stays readable. */
export const endedSessionSeconds = 7 * 86_400;
const pageOfAll = 500;

/** Keeps the sets and the waiting line in step with the status. */
const placement = `
  local function place(id, status, ready, starting, waiting)
    if status == 'ready' then redis.call('SADD', ready, id) else redis.call('SREM', ready, id) end
    if status == 'starting' then redis.call('SADD', starting, id) else redis.call('SREM', starting, id) end
    if status ~= 'waiting' then redis.call('LREM', waiting, 0, id)
    elseif not redis.call('LPOS', waiting, id) then redis.call('RPUSH', waiting, id) end
  end
`;

/** One round trip for everything a start needs: the user's session, the rate, the record. */
const admitScript = new Script(`
  local session, user, rate, index, ready, starting, waiting = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
  local id, sessionPrefix, createdAt, status = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local limit, windowMs, now = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
  local current = redis.call('GET', user)
  if current then
    local record = sessionPrefix .. current
    local was = redis.call('HGET', record, 'status')
    if was and was ~= 'ended' then return { 'existing', redis.call('HGETALL', record) } end
  end
  if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  end
  local newest = tonumber(redis.call('LINDEX', rate, -1) or now)
  -- A clock that was set back must neither open the window nor make the wait longer than it is.
  if now < newest then now = newest end
  local oldest = redis.call('LINDEX', rate, -limit)
  if oldest and now - tonumber(oldest) < windowMs then return { 'rate-limited', tonumber(oldest) + windowMs - now } end
  redis.call('RPUSH', rate, string.format('%.0f', now))
  redis.call('LTRIM', rate, -limit, -1)
  redis.call('PEXPIRE', rate, windowMs * 2)
  redis.call('HSET', session, unpack(ARGV, 8))
  redis.call('SET', user, id)
  redis.call('ZADD', index, createdAt, id)
  if status == 'waiting' then redis.call('RPUSH', waiting, id)
  elseif status == 'ready' or status == 'starting' then redis.call('SADD', status == 'ready' and ready or starting, id) end
  return { 'created' }
`);

/** An ended session stays as it is. */
const patchScript = new Script(`${placement}
  local session, ready, starting, waiting = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
  local id, setCount = ARGV[1], tonumber(ARGV[2])
  local was = redis.call('HGET', session, 'status')
  if not was or was == 'ended' then return 0 end
  if setCount > 0 then redis.call('HSET', session, unpack(ARGV, 3, 2 + setCount)) end
  for at = 3 + setCount, #ARGV do redis.call('HDEL', session, ARGV[at]) end
  local status = redis.call('HGET', session, 'status')
  if status ~= was then place(id, status, ready, starting, waiting) end
  return 1
`);

const endScript = new Script(`
  local session, user, index, ready, starting, waiting, turns = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
  local id, keepSeconds, reason = ARGV[1], ARGV[2], ARGV[3]
  redis.call('ZREM', index, id)
  redis.call('SREM', ready, id)
  redis.call('SREM', starting, id)
  redis.call('LREM', waiting, 0, id)
  if redis.call('GET', user) == id then redis.call('DEL', user) end
  local was = redis.call('HGET', session, 'status')
  if not was or was == 'ended' then return 0 end
  redis.call('HSET', session, 'status', 'ended')
  redis.call('HDEL', session, 'agentId', 'agentPid')
  if reason ~= '' then redis.call('HSET', session, 'error', reason) end
  redis.call('EXPIRE', session, keepSeconds)
  redis.call('EXPIRE', turns, keepSeconds)
  return 1
`);

const tiers = sessionViewSchema.shape.tier.options;

/** Undefined when it is missing or its identity is damaged; a damaged side field costs that field only. */
function decode(hash: Fields): SessionRecord | undefined {
  const { id, userId, template, error } = hash;
  const status = oneOf(sessionStatuses, hash['status']);
  const createdAt = numberOf(hash['createdAt']);
  if (!id || !userId || template === undefined || status === null || createdAt === null) return undefined;
  const prewarmed = oneOf(['true', 'false'], hash['prewarmed']);
  return {
    id,
    userId,
    status,
    agentId: hash['agentId'] ?? null,
    agentPid: numberOf(hash['agentPid']),
    template,
    tier: oneOf(tiers, hash['tier']) ?? 'free',
    createdAt,
    startupMs: numberOf(hash['startupMs']),
    prewarmed: prewarmed === null ? null : prewarmed === 'true',
    lastTurnAt: numberOf(hash['lastTurnAt']),
    turns: numberOf(hash['turns']) ?? 0,
    ...(error === undefined ? {} : { error }),
    node: hash['node'] ?? '',
    folder: hash['folder'] ?? null,
    conversation: hash['conversation'] ?? null,
  };
}

/** Session records, the user's way to theirs, and the sets an operator looks at. A damaged record reads as missing. */
export class SessionStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Creates the session unless its user has one that has not ended, or started too many. */
  async admit(record: SessionRecord, rate: StartRate): Promise<Admission> {
    const k = this.#keys;
    const keys = [
      k.session(record.id),
      k.sessionUser(record.userId),
      k.rateStarts(record.userId),
      k.sessionIndex,
      k.sessionReady,
      k.sessionStarting,
      k.sessionWaiting,
    ];
    const args = [record.id, k.session(''), record.createdAt, record.status, rate.limit, rate.windowMs, rate.nowMs ?? '', ...encodeFields(record).set];
    const [kind, detail] = (await admitScript.run(this.#redis, keys, args)) as [string, unknown];
    if (kind === 'rate-limited') return { kind, retryAfterMs: Number(detail) };
    if (kind === 'created') return { kind };
    const session = decode(fieldsOf(detail as string[]));
    if (session !== undefined) return { kind: 'existing', session };
    // The user points to a damaged record: without it the user could never start again.
    await this.#redis.del(k.sessionUser(record.userId));
    return this.admit(record, rate);
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    return decode(await this.#redis.hgetall(this.#keys.session(id)));
  }

  async byUser(userId: string): Promise<SessionRecord | undefined> {
    const id = await this.#redis.get(this.#keys.sessionUser(userId));
    return id === null ? undefined : this.get(id);
  }

  /** False when there is no such session, or it has ended: then it does not change. */
  async patch(id: string, patch: SessionPatch): Promise<boolean> {
    const { set, drop } = encodeFields(patch);
    const keys = [this.#keys.session(id), this.#keys.sessionReady, this.#keys.sessionStarting, this.#keys.sessionWaiting];
    return (await patchScript.run(this.#redis, keys, [id, set.length, ...set, ...drop])) === 1;
  }

  /** True when this call ended it. */
  async end(id: string, userId: string, reason = ''): Promise<boolean> {
    const k = this.#keys;
    const keys = [k.session(id), k.sessionUser(userId), k.sessionIndex, k.sessionReady, k.sessionStarting, k.sessionWaiting, k.sessionTurns(id)];
    return (await endScript.run(this.#redis, keys, [id, endedSessionSeconds, reason])) === 1;
  }

  /** Has the node that holds its agent let go of a session that was ended here. */
  async tellEnded(node: string, id: string): Promise<void> {
    await this.#redis.multi().sadd(this.#keys.sessionStops(node), id).expire(this.#keys.sessionStops(node), endedSessionSeconds).exec();
  }

  /** Sessions of this node that others have ended, each told once. */
  async takeEnded(node: string): Promise<string[]> {
    return this.#redis.spop(this.#keys.sessionStops(node), 500);
  }

  /** Newest first, pages from 1. With a status the whole index is looked through, in pages. */
  async list(options: {
    readonly page: number;
    readonly pageSize: number;
    readonly status?: SessionStatus;
  }): Promise<{ sessions: SessionRecord[]; total: number }> {
    const first = (options.page - 1) * options.pageSize;
    if (options.status === undefined) {
      const total = await this.#redis.zcard(this.#keys.sessionIndex);
      return { sessions: await this.#read(await this.#redis.zrevrange(this.#keys.sessionIndex, first, first + options.pageSize - 1)), total };
    }
    const matching: SessionRecord[] = [];
    for await (const page of this.all()) matching.push(...page.filter(({ status }) => status === options.status));
    matching.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    return { sessions: matching.slice(first, first + options.pageSize), total: matching.length };
  }

  /** Every session that has not ended, oldest first, page by page. */
  async *all(): AsyncGenerator<SessionRecord[]> {
    for (let first = 0; ; first += pageOfAll) {
      const ids = await this.#redis.zrange(this.#keys.sessionIndex, first, String(first + pageOfAll - 1));
      if (ids.length === 0) return;
      yield await this.#read(ids);
    }
  }

  /** Sessions in line for a place, first come first. */
  async waiting(): Promise<string[]> {
    return this.#redis.lrange(this.#keys.sessionWaiting, 0, -1);
  }

  async #read(ids: readonly string[]): Promise<SessionRecord[]> {
    if (ids.length === 0) return [];
    const pipeline = this.#redis.pipeline();
    for (const id of ids) pipeline.hgetall(this.#keys.session(id));
    const records: SessionRecord[] = [];
    for (const [error, hash] of (await pipeline.exec()) ?? []) {
      if (error !== null) throw error;
      const record = decode(hash as Fields);
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}
