import { RoostError } from '../../contract/errors.js';
import type { Params, Result } from '../../contract/methods.js';
import type { Quota, SessionView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { call } from '../../core/redis/connection.js';
import type { SessionRecord, SessionStore } from '../../core/sessions/session-store.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { LogTail } from '../process/types.js';
import { type SessionBook, type ShownFrom, shownSession } from './session-book.js';
import type { SessionStarts } from './session-starts.js';
import type { TurnFeed } from './turn-feed.js';

export interface SessionReaderOptions extends ShownFrom {
  readonly book: SessionBook;
  readonly starts: Pick<SessionStarts, 'waits'>;
  readonly store: Pick<SessionStore, 'get' | 'list'>;
  readonly turns: Pick<TurnStore, 'bySession'>;
  readonly feed: TurnFeed;
  readonly logFor: (agent: string) => LogTail;
  readonly clock: Clock;
  /** What a user has left of today's turns. */
  quota(userId: string, tier: SessionView['tier']): Promise<Quota>;
  /** How many turns of a session stand before its newest `shown`. */
  earlier(sessionId: string, shown: number): Promise<number>;
}

const shownTurns = 50;

/** Sessions as a person reads them, those of other nodes and those that have ended too. */
export class SessionReader {
  readonly #options: SessionReaderOptions;

  constructor(options: SessionReaderOptions) {
    this.#options = options;
  }

  /** `not-found` when Redis knows no such session. */
  async record(id: string): Promise<SessionRecord> {
    const record = await call(this.#options.clock, this.#options.store.get(id));
    if (record === undefined) throw new RoostError('not-found', `There is no session ${id}.`);
    return record;
  }

  shown(record: SessionRecord): SessionView {
    return shownSession(record, this.#options, this.#options.starts.waits(record));
  }

  async get(id: string): Promise<{ session: SessionView }> {
    const entry = this.#options.book.get(id);
    const about = entry?.agent?.about ?? {};
    return { session: { ...this.shown(entry?.record ?? (await this.record(id))), ...(Object.keys(about).length === 0 ? {} : { about }) } };
  }

  async list(params: Params<'session.list'>): Promise<Result<'session.list'>> {
    const { page, pageSize, status } = params;
    const { sessions, total } = await call(this.#options.clock, this.#options.store.list({ page, pageSize, ...(status === undefined ? {} : { status }) }));
    // Redis follows the book by a moment; what this node knows itself is newer.
    return { sessions: sessions.map((record) => this.shown(this.#options.book.get(record.id)?.record ?? record)), total, page, pageSize };
  }

  async logs(id: string, lines: number): Promise<Result<'session.logs'>> {
    const { session } = await this.get(id);
    if (session.agentId === null) return { lines: [] };
    return {
      lines: this.#options
        .logFor(session.agentId)
        .read(lines)
        .map(({ text }) => text),
    };
  }

  async conversation(params: Params<'session.conversation'>, signal?: AbortSignal): Promise<Result<'session.conversation'>> {
    const { feed, turns, clock } = this.#options;
    await this.get(params.id);
    await feed.changed(params.id, params.version, params.waitMs, signal);
    // Read first: what changes while Redis is asked makes the next poll answer at once.
    const version = feed.version(params.id);
    const { session } = await this.get(params.id);
    const said = await call(clock, turns.bySession(params.id, shownTurns));
    const [quota, earlier] = await Promise.all([this.#options.quota(session.userId, session.tier), this.#options.earlier(params.id, said.length)]);
    return { version, session, turns: said.map((turn) => feed.withLive(turn)), earlier, quota };
  }
}
