import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { SessionStore } from '../../core/sessions/session-store.js';
import type { SessionBook } from './session-book.js';

/** Brings changes of the book to Redis: one session at a time, newest value only. What Redis refuses now stays due. */
export class SessionWriter {
  readonly #options: { readonly book: SessionBook; readonly store: Pick<SessionStore, 'patch'>; readonly clock: Clock; readonly log: Log };
  #writing: Promise<void> | undefined;

  constructor(options: { readonly book: SessionBook; readonly store: Pick<SessionStore, 'patch'>; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
  }

  /** Never rejects. */
  flush(): Promise<void> {
    this.#writing ??= this.#writeAll();
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { book, store, clock, log } = this.#options;
    await Promise.resolve();
    for (let id = book.takeDirty(); id !== undefined; id = book.takeDirty()) {
      const record = book.get(id)?.record;
      if (record === undefined) continue;
      const { status, agentId, agentPid, startupMs, prewarmed, tier, error } = record;
      try {
        await call(clock, store.patch(id, { status, agentId, agentPid, startupMs, prewarmed, tier, error: error ?? null }));
      } catch (failure) {
        book.markDirty(id);
        log.debug('a session was not written', { session: id, error: failure });
        break;
      }
    }
    // In the same step as the last look: a change in between would wait for the next round.
    this.#writing = undefined;
  }
}
