import type { Config } from '../../contract/config.js';
import type { Params, Result } from '../../contract/methods.js';
import type { TurnView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { TurnHistory } from '../../core/sessions/turn-history.js';
import type { ArchiveFiles } from './archive-file.js';
import { hasEnded, type TurnFeed } from './turn-feed.js';

export interface TurnArchiveOptions {
  readonly history: TurnHistory;
  readonly files: ArchiveFiles;
  readonly feed: TurnFeed;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<Config, 'sessions'>;
}

/** Moved at once: their texts are in memory for that long. */
const mostAtOnce = 50;
/** A page is read anew when turns moved meanwhile; a session does not move turns this often in a row. */
const pageTries = 5;
/** As long as an ended turn stays in Redis. */
const keepMs = 30 * 86_400_000;

/** Keeps sessions small in Redis: old turns move to a file of their session and are read back from there. */
export class TurnArchive {
  readonly #options: TurnArchiveOptions;
  readonly #moving = new Map<string, Promise<void>>();
  #off: (() => void) | undefined;

  constructor(options: TurnArchiveOptions) {
    this.#options = options;
  }

  start(): void {
    const { feed, files, clock, log } = this.#options;
    this.#off = feed.onEnd(({ sessionId }) => this.#soon(sessionId));
    files.prune(clock.wallMs() - keepMs).catch((error: unknown) => log.debug('old archives stay', { error }));
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#off?.();
    await Promise.all(this.#moving.values());
  }

  /** A page of a session's turns, the newest before `before` (a place in the whole session). */
  async page({ id, before, limit }: Params<'session.turns'>): Promise<Result<'session.turns'>> {
    const { history, clock, files } = this.#options;
    for (let tries = 1; ; tries++) {
      const { archived, kept } = await call(clock, history.counts(id));
      const total = archived + kept;
      const to = Math.min(before ?? total, total);
      const first = Math.max(0, to - limit);
      const old = first < archived ? await files.read(id, first, Math.min(to, archived)) : [];
      const recent = to > archived ? await call(clock, history.range(id, Math.max(first, archived) - archived, to - archived)) : [];
      // Turns that moved to the disk meanwhile shifted the places of the others: those read at the seam would be missing.
      if (tries < pageTries && (await call(clock, history.counts(id))).archived !== archived) continue;
      return { turns: [...old, ...recent.flatMap(({ turn }) => turn ?? [])], first, total };
    }
  }

  /** How many turns of a session stand before its newest `shown`. */
  async earlier(sessionId: string, shown: number): Promise<number> {
    const { archived, kept } = await call(this.#options.clock, this.#options.history.counts(sessionId));
    return Math.max(0, archived + kept - shown);
  }

  #soon(sessionId: string): void {
    if (this.#moving.has(sessionId)) return;
    const { log } = this.#options;
    const moving = this.move(sessionId)
      .catch((error: unknown) => log.warn('old turns of a session stay in Redis', { session: sessionId, error }))
      .finally(() => this.#moving.delete(sessionId));
    this.#moving.set(sessionId, moving);
  }

  /** On the disk first, then out of Redis: a crash between the two leaves a turn in both, never in neither. */
  async move(sessionId: string): Promise<void> {
    const { history, files, clock, config } = this.#options;
    for (;;) {
      const { kept } = await call(clock, history.counts(sessionId));
      const surplus = kept - config.sessions.archiveAfterTurns;
      if (surplus <= 0) return;
      const oldest = await call(clock, history.range(sessionId, 0, Math.min(surplus, mostAtOnce)));
      const going = leading(oldest);
      if (going.length === 0) return;
      const turns = going.flatMap(({ turn }) => turn ?? []);
      if (turns.length > 0) await files.append(sessionId, turns, clock.wallMs());
      const ids = going.map(({ id }) => id);
      const late = await call(clock, history.forget(sessionId, ids));
      // Rated or coached between the two: it must not stay behind.
      for (const [at, { rating, reward, suggestion }] of late.entries()) {
        const turn = going[at]?.turn;
        if (turn === undefined || (turn.rating === (rating ?? null) && turn.suggestion === (suggestion ?? null))) continue;
        await files.amend(sessionId, turn.id, { rating, reward, suggestion });
      }
    }
  }

  /** A turn that lies in the archive; undefined when it does not. */
  find(turnId: string): Promise<TurnView | undefined> {
    return this.#options.files.find(turnId);
  }

  /** A rating that came after its turn had moved here. */
  async rated(turn: TurnView, facts: { readonly rating: number; readonly reward: number }): Promise<TurnView> {
    await this.#options.files.amend(turn.sessionId, turn.id, facts);
    return { ...turn, ...facts };
  }
}

/** Up to the first that has not ended. One whose record is gone has nothing to keep. */
function leading(
  entries: readonly { readonly id: string; readonly turn: TurnView | undefined }[],
): readonly { readonly id: string; readonly turn: TurnView | undefined }[] {
  const open = entries.findIndex(({ turn }) => turn !== undefined && !hasEnded(turn));
  return open < 0 ? entries : entries.slice(0, open);
}
