import type { Redis } from '../../../core/redis/connection.js';
import type { Keys } from '../../../core/redis/keys.js';
import { endedSessionSeconds } from '../../../core/sessions/session-store.js';
import { bytesOf, keysLike, literally, readFields } from './sweep.js';

export interface Freed {
  readonly what: string;
  readonly count: number;
  readonly bytes: number;
}

export interface Sweep {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly nowMs: number;
  readonly maxAgeMs: number;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Called after each page: it moves. */
  moved(): void;
}

/** Turns are needed until their day is rolled up; three days later at the latest they go without it. */
const unrolledDays = 3;
const maxTurnsOfSession = 10_000;
const terminal: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled']);

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** Whether a turn that began at `createdMs` may go, as far as the analytics are concerned. */
export const isCounted = (createdMs: number, nowMs: number, rolledUp: ReadonlySet<string>): boolean =>
  rolledUp.has(dayOf(createdMs)) || nowMs - createdMs > unrolledDays * 86_400_000;

/** Sessions that ended longer ago than the limit, with their lists and turns; then turns whose session is gone. Only what has ended. */
export async function sweepSessions(sweep: Sweep): Promise<readonly Freed[]> {
  const rolledUp = new Set(await sweep.redis.zrange(sweep.keys.analyticsDays, 0, '-1'));
  const sessions = await sweepEnded(sweep, rolledUp);
  const orphans = await sweepTurns(sweep, rolledUp);
  return [...sessions, orphans];
}

async function sweepEnded(sweep: Sweep, rolledUp: ReadonlySet<string>): Promise<Freed[]> {
  const { redis, keys, nowMs, maxAgeMs, dryRun, signal } = sweep;
  const prefix = keys.session('');
  let [sessions, turns, sessionBytes, turnBytes] = [0, 0, 0, 0];
  for await (const page of keysLike(redis, `${literally(prefix)}*`, 'hash', signal)) {
    const ids = page.map((key) => key.slice(prefix.length)).filter((id) => !id.includes(':'));
    const rows = await readFields(
      redis,
      ids.map((id) => keys.session(id)),
      ['status'],
    );
    for (const [index, id] of ids.entries()) {
      if (rows[index]?.[0] !== 'ended') continue;
      const leftMs = await redis.pttl(keys.session(id));
      // Its time to live began with its end, so what is left of it tells when that was.
      if (leftMs < 0 || endedSessionSeconds * 1_000 - leftMs < maxAgeMs) continue;
      const turnIds = await redis.lrange(keys.sessionTurns(id), 0, maxTurnsOfSession - 1);
      const records = await readFields(
        redis,
        turnIds.map((turn) => keys.turn(turn)),
        ['status', 'createdAt'],
      );
      const uncounted = records.some(([status, createdAt]) => status !== null && !isCounted(Number(createdAt), nowMs, rolledUp));
      const running = records.some(([status]) => status !== null && status !== undefined && !terminal.has(status));
      if (uncounted || running) continue;
      const turnKeys = turnIds.filter((_, at) => records[at]?.[0] !== null).map((turn) => keys.turn(turn));
      const ownKeys = [keys.session(id), keys.sessionTurns(id)];
      sessions += 1;
      turns += turnKeys.length;
      sessionBytes += await bytesOf(redis, ownKeys);
      turnBytes += await bytesOf(redis, turnKeys);
      if (!dryRun) await redis.unlink(...ownKeys, ...turnKeys);
    }
    sweep.moved();
  }
  return [
    { what: 'ended sessions', count: sessions, bytes: sessionBytes },
    { what: 'turns of ended sessions', count: turns, bytes: turnBytes },
  ];
}

/** Ended turns without a session: the session's own time to live is shorter than theirs. */
async function sweepTurns(sweep: Sweep, rolledUp: ReadonlySet<string>): Promise<Freed> {
  const { redis, keys, nowMs, maxAgeMs, dryRun, signal } = sweep;
  const prefix = keys.turn('');
  let [count, bytes] = [0, 0];
  for await (const page of keysLike(redis, `${literally(prefix)}*`, 'hash', signal)) {
    const own = page.filter((key) => !key.slice(prefix.length).includes(':'));
    const rows = await readFields(redis, own, ['status', 'endedAt', 'createdAt', 'sessionId']);
    const old = own.flatMap((key, index) => {
      const [status, endedAt, createdAt, sessionId] = rows[index] ?? [];
      const ended = typeof status === 'string' && terminal.has(status) && nowMs - Number(endedAt ?? Number.NaN) > maxAgeMs;
      return ended && isCounted(Number(createdAt), nowMs, rolledUp) && typeof sessionId === 'string' ? [{ key, sessionId }] : [];
    });
    const pipeline = redis.pipeline();
    for (const { sessionId } of old) pipeline.exists(keys.session(sessionId));
    const alive = old.length === 0 ? [] : ((await pipeline.exec()) ?? []);
    const gone = old.filter((_, index) => alive[index]?.[1] === 0).map(({ key }) => key);
    if (gone.length > 0) {
      count += gone.length;
      bytes += await bytesOf(redis, gone);
      if (!dryRun) await redis.unlink(...gone);
    }
    sweep.moved();
  }
  return { what: 'turns without a session', count, bytes };
}
