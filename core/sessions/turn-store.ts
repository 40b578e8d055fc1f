import type { Span, TurnView } from '../../contract/state.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { quotaLua, quotaPrefix } from './quota-lua.js';
import { type DayOffsets, utcDay } from './quota-store.js';
import { Script } from './script.js';
import { decodeTurn, decodeTurnFields, encodeFields } from './turn-record.js';

/** Fields of a turn that may change after it was accepted. */
export type TurnPatch = Partial<Omit<TurnView, 'id' | 'sessionId' | 'prompt' | 'createdAt'>>;

/** A turn at the head of its session's line: what its job is made of. Priority 1 runs first, none before any. */
export interface PendingTurn {
  readonly turnId: string;
  readonly sessionId: string;
  readonly priority?: number;
}

/** What the user of a turn may ask for. */
export interface Allowance {
  readonly userId: string;
  readonly perDay: number;
  /** Turns of the session that may stand in line. */
  readonly waiting: number;
  /** Where the day begins; default: in UTC. */
  readonly day?: DayOffsets;
  /** For tests; else the time of the Redis server, which all nodes share. */
  readonly nowMs?: number;
}

export type Creation = { readonly used: number; readonly resetsAtMs: number } & (
  | { readonly kind: 'created'; readonly ahead: number }
  /** Nothing was written: today's turns are used up, or too many stand in line. */
  | { readonly kind: 'quota' | 'waiting'; readonly waiting: number }
);

/** How many turn ids one session keeps, and how long an ended turn stays readable. */
const keptTurns = 10_000;
const endedTurnSeconds = 30 * 86_400;

/**
 * A repeated create finds the record and changes nothing, so a caller may try again after a lost answer.
 * What a user may still ask is looked up and taken in the same step: two at once cannot both get the last turn.
 */
const createScript = new Script(`${quotaLua}
  local turn, turns, pending, pendingSessions, session = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
  local id, sessionId, createdAt, kept = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
  local userId, perDay, mostWaiting = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
  local day, dayMs = today(KEYS[6], ARGV[8], ARGV[10], ARGV[11])
  local used = perDay > 0 and usedOn(day, ARGV[9], userId) or 0
  if redis.call('EXISTS', turn) == 1 then
    local at = redis.call('LPOS', pending, id)
    return { 'created', at or 0, used, dayMs }
  end
  if perDay > 0 and used >= perDay then return { 'quota', 0, used, dayMs } end
  local waiting = redis.call('LLEN', pending)
  if mostWaiting > 0 and waiting >= mostWaiting then return { 'waiting', waiting, used, dayMs } end
  if perDay > 0 then used = take(day, ARGV[9], KEYS[6], userId) end
  redis.call('HSET', turn, unpack(ARGV, 12))
  redis.call('RPUSH', turns, id)
  redis.call('LTRIM', turns, -kept, -1)
  local length = redis.call('RPUSH', pending, id)
  redis.call('SADD', pendingSessions, sessionId)
  if redis.call('EXISTS', session) == 1 then
    redis.call('HINCRBY', session, 'turns', 1)
    redis.call('HSET', session, 'lastTurnAt', createdAt)
  end
  return { 'created', length - 1, used, dayMs }
`);

const applyPatch = `
  local lateFields = { suggestion = true, rating = true, reward = true, agentTrace = true }
  local function apply(turn, setCount, first)
    local status = redis.call('HGET', turn, 'status')
    local ended = status == 'done' or status == 'failed' or status == 'cancelled'
    for at = first, first + setCount - 1, 2 do
      if not ended or lateFields[ARGV[at]] then redis.call('HSET', turn, ARGV[at], ARGV[at + 1]) end
    end
    for at = first + setCount, #ARGV do
      if not ended or lateFields[ARGV[at]] then redis.call('HDEL', turn, ARGV[at]) end
    end
    return ended
  end
`;

const patchScript = new Script(`${applyPatch}
  if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
  apply(KEYS[1], tonumber(ARGV[1]), 2)
  return redis.call('HGETALL', KEYS[1])
`);

/** The first of a line with the priority it was created with; `false` without one ends the list for the caller. */
const headOf = `
  local function head(pending, turnPrefix)
    local id = redis.call('LINDEX', pending, 0)
    if not id then return {} end
    return { id, redis.call('HGET', turnPrefix .. id, 'priority') }
  end
`;

const headScript = new Script(`${headOf} return head(KEYS[1], ARGV[1])`);

const endScript = new Script(`${applyPatch} ${headOf}
  local turn, pending, pendingSessions = KEYS[1], KEYS[2], KEYS[3]
  local id, sessionId, turnPrefix, keepSeconds = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local record = {}
  if redis.call('EXISTS', turn) == 1 then
    local was = apply(turn, tonumber(ARGV[5]), 6)
    if not was then
      redis.call('EXPIRE', turn, keepSeconds)
      -- Several processes tell the time here, and a clock may be set back: no turn ends before it began.
      for _, field in ipairs({ 'createdAt', 'startedAt' }) do
        local began, ended = redis.call('HGET', turn, field), redis.call('HGET', turn, 'endedAt')
        if began and ended and (tonumber(began) or 0) > (tonumber(ended) or 0) then redis.call('HSET', turn, 'endedAt', began) end
      end
    end
    record = redis.call('HGETALL', turn)
  end
  redis.call('LREM', pending, 0, id)
  local next = head(pending, turnPrefix)
  if #next == 0 then redis.call('SREM', pendingSessions, sessionId) end
  return { record, next }
`);

/** Turn records and the line of turns in front of each session; shared by supervisor and worker. */
export class TurnStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * Atomically writes the record, appends it to the session's list and to its pending line, and counts it for its user.
   * `ahead` = turns before it in this session. With `allowance` it is refused when nothing of that is left.
   */
  async create(turn: TurnView, priority?: number, allowance?: Allowance): Promise<Creation> {
    const { id, sessionId } = turn;
    // Kept apart from what readers see: it matters only until the turn is a job.
    const fields = encodeFields({ ...turn, priority }).set;
    const keys = [
      this.#keys.turn(id),
      this.#keys.sessionTurns(sessionId),
      this.#keys.sessionPending(sessionId),
      this.#keys.pendingSessions,
      this.#keys.session(sessionId),
      this.#keys.quotaDay,
    ];
    const day = allowance?.day ?? utcDay;
    const limits = [allowance?.userId ?? '', allowance?.perDay ?? 0, allowance?.waiting ?? 0, allowance?.nowMs ?? ''];
    const args = [id, sessionId, turn.createdAt, keptTurns, ...limits, quotaPrefix(this.#keys), day.offsetMs, day.nextOffsetMs, ...fields];
    const [kind, count, used, resetsAtMs] = (await createScript.run(this.#redis, keys, args)) as [Creation['kind'], number, number, number];
    const facts = { used: Number(used), resetsAtMs: Number(resetsAtMs) };
    return kind === 'created' ? { kind, ahead: Number(count), ...facts } : { kind, waiting: Number(count), ...facts };
  }

  async get(id: string): Promise<TurnView | undefined> {
    return decodeTurnFields(await this.#redis.hgetall(this.#keys.turn(id)));
  }

  /** Applies the patch unless the turn has ended (done, failed, cancelled); returns the record as it is now. Late facts (suggestion, rating, reward) always apply. */
  patch(id: string, patch: TurnPatch): Promise<TurnView | undefined> {
    return this.#patch(id, patch);
  }

  /** The supervisor's own spans of a turn, whole; readers see them merged into `trace`. They may come after its end. */
  setAgentTrace(id: string, spans: readonly Span[]): Promise<TurnView | undefined> {
    return this.#patch(id, { agentTrace: spans });
  }

  /** Newest `limit` turns of the session, oldest first. */
  async bySession(sessionId: string, limit: number): Promise<TurnView[]> {
    const ids = await this.#redis.lrange(this.#keys.sessionTurns(sessionId), -limit, -1);
    if (ids.length === 0) return [];
    // Side by side, not as a pipeline: they leave in one write all the same, and making one takes longer than reading twenty turns.
    const hashes = await Promise.all(ids.map((id) => this.#redis.hgetall(this.#keys.turn(id))));
    return hashes.flatMap((hash) => decodeTurnFields(hash) ?? []);
  }

  /**
   * Ends a turn (patch with a terminal status) and takes it out of the pending line, atomically; returns the next
   * pending turn of the session. Repeating it changes nothing. Who knows the session saves a round trip.
   */
  async end(
    id: string,
    patch: TurnPatch & { status: 'done' | 'failed' | 'cancelled' },
    ofSession?: string,
  ): Promise<{ turn: TurnView | undefined; next: PendingTurn | null }> {
    const sessionId = ofSession ?? (await this.#redis.hget(this.#keys.turn(id), 'sessionId'));
    if (sessionId === null) return { turn: undefined, next: null };
    return this.#end(id, sessionId, patch);
  }

  /** Takes a turn whose record is lost or damaged out of its session's line, so that it cannot block the turns behind it. */
  async drop(id: string, sessionId: string): Promise<{ next: PendingTurn | null }> {
    return { next: (await this.#end(id, sessionId, {})).next };
  }

  /** First pending turn of a session. */
  async head(sessionId: string): Promise<PendingTurn | null> {
    const head = await headScript.run(this.#redis, [this.#keys.sessionPending(sessionId)], [this.#keys.turn('')]);
    return pendingTurn(head as Head, sessionId);
  }

  async pending(sessionId: string): Promise<string[]> {
    return this.#redis.lrange(this.#keys.sessionPending(sessionId), 0, -1);
  }

  /** Sessions with pending turns, for the sweep that re-adds a lost job. */
  async sessionsWithPending(): Promise<string[]> {
    return this.#redis.smembers(this.#keys.pendingSessions);
  }

  async #patch(id: string, fields: Readonly<Record<string, unknown>>): Promise<TurnView | undefined> {
    const { set, drop } = encodeFields(fields);
    return decodeTurn((await patchScript.run(this.#redis, [this.#keys.turn(id)], [set.length, ...set, ...drop])) as string[]);
  }

  async #end(id: string, sessionId: string, fields: Readonly<Record<string, unknown>>): Promise<{ turn: TurnView | undefined; next: PendingTurn | null }> {
    const { set, drop } = encodeFields(fields);
    const keys = [this.#keys.turn(id), this.#keys.sessionPending(sessionId), this.#keys.pendingSessions];
    const args = [id, sessionId, this.#keys.turn(''), endedTurnSeconds, set.length, ...set, ...drop];
    const [record, head] = (await endScript.run(this.#redis, keys, args)) as [string[], Head];
    return { turn: decodeTurn(record), next: pendingTurn(head, sessionId) };
  }
}

type Head = readonly [] | readonly [turnId: string, priority?: string | null];

function pendingTurn([turnId, priority]: Head, sessionId: string): PendingTurn | null {
  if (turnId === undefined) return null;
  const number = Number(priority ?? Number.NaN);
  // A damaged number would make the job impossible to add.
  return { turnId, sessionId, ...(Number.isInteger(number) && number > 0 ? { priority: number } : {}) };
}
