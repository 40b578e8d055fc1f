import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { SessionStore } from '../../core/sessions/session-store.js';
import type { SessionBook } from './session-book.js';

/** Changes are gathered this long: a start or a turn is not kept waiting for what an operator reads with redis-cli, and most turns are over by then. */
const gatherMs = 30;
const mostAtOnce = 100;

/** Brings changes of the book to Redis: newest value only, one write of a session at a time. What Redis refuses now stays due. */
export class SessionWriter {
  readonly #options: { readonly book: SessionBook; readonly store: Pick<SessionStore, 'patch'>; readonly clock: Clock; readonly log: Log };
  #writing: Promise<void> | undefined;
  #gathering: Timer | undefined;

  constructor(options: { readonly book: SessionBook; readonly store: Pick<SessionStore, 'patch'>; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
  }

  /** Writes what has changed, together with what changes within a moment. */
  soon(): void {
    this.#gathering ??= this.#options.clock.after(gatherMs, () => void this.flush());
  }

  /** Writes at once. Never rejects. */
  flush(): Promise<void> {
    this.#gathering?.cancel();
    this.#gathering = undefined;
    this.#writing ??= this.#writeAll();
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { book } = this.#options;
    await Promise.resolve();
    for (let ids = book.takeDirty(mostAtOnce); ids.length > 0; ids = book.takeDirty(mostAtOnce)) {
      const written = await Promise.all(ids.map((id) => this.#write(id)));
      if (written.includes(false)) break;
    }
    // In the same step as the last look: a change in between would wait for the next round.
    this.#writing = undefined;
  }

  async #write(id: string): Promise<boolean> {
    const { book, store, clock, log } = this.#options;
    const record = book.get(id)?.record;
    if (record === undefined) return true;
    const { status, agentId, agentPid, startupMs, prewarmed, tier, folder, conversation, error } = record;
    try {
      await call(clock, store.patch(id, { status, agentId, agentPid, startupMs, prewarmed, tier, folder, conversation, error: error ?? null }));
      return true;
    } catch (failure) {
      book.markDirty(id);
      log.debug('a session was not written', { session: id, error: failure });
      return false;
    }
  }
}
