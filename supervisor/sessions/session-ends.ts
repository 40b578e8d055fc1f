import type { Config } from '../../contract/config.js';
import type { SessionView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { SessionStore } from '../../core/sessions/session-store.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { SessionAgents } from './session-agents.js';
import { mayGoStale, type SessionBook, type SessionEntry, viewOf } from './session-book.js';
import type { SessionReader } from './session-reader.js';
import type { SessionStarts } from './session-starts.js';

export interface SessionEndsOptions {
  readonly book: SessionBook;
  readonly agents: Pick<SessionAgents, 'release'>;
  readonly starts: Pick<SessionStarts, 'placeFreed' | 'promote'>;
  readonly reader: Pick<SessionReader, 'record'>;
  readonly store: Pick<SessionStore, 'end' | 'tellEnded' | 'takeEnded'>;
  readonly turns: Pick<TurnStore, 'head'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<Config, 'sessions'>;
  readonly node: string;
}

/** How a session ends: by a person, here or at another node, or because nobody used it any more. */
export class SessionEnds {
  readonly #options: SessionEndsOptions;
  readonly #ends: Emitter<SessionView>;
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: SessionEndsOptions) {
    this.#options = options;
    this.#ends = new Emitter((error) => options.log.error('a listener of the sessions failed', { error }));
  }

  onEnded(listener: (session: SessionView) => void): () => void {
    return this.#ends.on(listener);
  }

  /** Idempotent. */
  async end(sessionId: string): Promise<Record<string, never>> {
    const entry = this.#options.book.get(sessionId);
    if (entry !== undefined) await this.#end(entry, '');
    else {
      const record = await this.#options.reader.record(sessionId);
      const { clock, store, node } = this.#options;
      if (record.status !== 'ended') await call(clock, store.end(record.id, record.userId));
      // Told again by a repeated stop: the first one may have been lost between the two.
      if (record.node !== node) await call(clock, store.tellEnded(record.node, record.id));
    }
    return {};
  }

  /** Sessions of this node that were stopped at another one: their agents are here. */
  async endAsked(): Promise<void> {
    const { clock, store, node } = this.#options;
    for (const id of await call(clock, store.takeEnded(node))) {
      const entry = this.#options.book.get(id);
      if (entry !== undefined) await this.#end(entry, '');
    }
  }

  /** Those without a turn for longer than `sessions.staleAfter`. */
  async endStale(): Promise<void> {
    const { book, clock, config, turns } = this.#options;
    for (const entry of [...book.entries()]) {
      const { id } = entry.record;
      if (!mayGoStale(entry.record) || clock.monoMs() - entry.activeMonoMs < config.sessions.staleAfter) continue;
      if ((await call(clock, turns.head(id))) !== null) continue;
      await this.#end(entry, `no turn for ${Math.round(config.sessions.staleAfter / 60_000)} minutes`);
    }
  }

  #end(entry: SessionEntry, reason: string): Promise<void> {
    const { id, userId } = entry.record;
    let ending = this.#ending.get(id);
    if (ending === undefined) {
      ending = this.#endNow(entry, userId, reason).finally(() => this.#ending.delete(id));
      this.#ending.set(id, ending);
    }
    return ending;
  }

  async #endNow(entry: SessionEntry, userId: string, reason: string): Promise<void> {
    const { clock, store, book, agents, starts, log } = this.#options;
    const { id } = entry.record;
    await call(clock, store.end(id, userId, reason));
    book.remove(id);
    if (entry.agent !== undefined) starts.placeFreed(clock.monoMs() - entry.sinceMonoMs);
    agents.release(entry, reason === '' ? 'its session was stopped' : reason).catch((error: unknown) => log.warn('an agent did not end', { error }));
    this.#ends.emit({ ...viewOf(entry.record), status: 'ended', agentId: null, agentPid: null });
    starts.promote();
  }
}
