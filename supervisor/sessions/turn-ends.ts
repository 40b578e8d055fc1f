import type { TurnView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { TurnJob } from '../../core/jobs/queues.js';
import { call } from '../../core/redis/connection.js';
import type { PendingTurn, TurnStore } from '../../core/sessions/turn-store.js';
import type { Deliveries } from './deliveries.js';
import type { Sessions } from './sessions.js';
import type { TurnFeed } from './turn-feed.js';

/** The queue of turns, as the supervisor uses it. */
export interface TurnQueue {
  /** Idempotent by turn; a finished job of this turn makes room. `isNew`: it never had one. */
  addTurn(job: TurnJob, priority?: number, isNew?: boolean): Promise<void>;
  /** False when there is no such job or a worker holds it. */
  removeTurn(turnId: string): Promise<boolean>;
  /** True while the job waits, is delayed or runs. */
  hasLiveTurn(turnId: string): Promise<boolean>;
}

export interface TurnEndsOptions {
  readonly sessions: Pick<Sessions, 'holdsPlace'>;
  readonly store: TurnStore;
  readonly queue: TurnQueue;
  readonly deliveries: Pick<Deliveries, 'cancel'>;
  readonly feed: TurnFeed;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells the workers that a person cancelled this turn. */
  readonly tellWorkers?: (message: { readonly type: 'cancel'; readonly turnId: string }) => void;
}

/** How the supervisor ends turns itself, and starts what stood behind them. */
export class TurnEnds {
  readonly #options: TurnEndsOptions;
  readonly #unwanted = new Set<string>();

  constructor(options: TurnEndsOptions) {
    this.#options = options;
  }

  async end(turn: TurnView, patch: Parameters<TurnStore['end']>[1]): Promise<TurnView> {
    const { store, clock, feed } = this.#options;
    const { turn: ended, next } = await call(clock, store.end(turn.id, patch));
    if (ended !== undefined) feed.publish(ended);
    await this.start(next);
    return ended ?? turn;
  }

  /** Adds the job of a turn that is first in its line. None while its session is in line for a place, where it would hold a worker's slot and wait, and none once it has ended. */
  async start(turn: PendingTurn | null): Promise<void> {
    const { queue, sessions, clock, log } = this.#options;
    if (turn === null || !sessions.holdsPlace(turn.sessionId)) return;
    const { turnId, sessionId, priority } = turn;
    await call(clock, queue.addTurn({ turnId, sessionId }, priority)).catch((error: unknown) =>
      log.debug('the next turn is left to the sweep', { turn: turnId, error }),
    );
  }

  async cancel(turn: TurnView, error: TurnView['error']): Promise<TurnView> {
    const { queue, deliveries, feed, clock, log, tellWorkers } = this.#options;
    const text = feed.withLive(turn).text;
    const delivering = deliveries.cancel(turn.id);
    if (turn.status === 'running' || delivering) tellWorkers?.({ type: 'cancel', turnId: turn.id });
    const ended = await this.end(turn, {
      status: 'cancelled',
      text,
      error,
      progress: null,
      endedAt: clock.wallMs(),
      timings: { ...turn.timings, totalMs: Math.max(0, clock.wallMs() - turn.createdAt) },
    });
    // A job that stays finds an ended turn and does nothing.
    await call(clock, queue.removeTurn(turn.id)).catch((failure: unknown) => log.debug('the job of a cancelled turn stays', { turn: turn.id, error: failure }));
    return ended;
  }

  /** Every turn that a session still has in line. */
  async cancelAll(sessionId: string): Promise<void> {
    const { store, clock } = this.#options;
    const ids = await call(clock, store.pending(sessionId));
    // Last first: otherwise each end would start the next one.
    for (const id of ids.reverse()) {
      const turn = await call(clock, store.get(id));
      if (turn === undefined) await call(clock, store.drop(id, sessionId));
      else await this.cancel(turn, { code: 'cancelled', message: 'Its session has ended.' });
    }
  }

  /** A turn that was not acknowledged must not run later, also when Redis took it and only its answer was lost. */
  takeBack(turnId: string): void {
    this.#unwanted.add(turnId);
    this.cancelUnwanted().catch((error: unknown) => this.#options.log.debug('an unacknowledged turn is left to the sweep', { turn: turnId, error }));
  }

  /** Those that could not be taken back while Redis was away. */
  async cancelUnwanted(): Promise<void> {
    const { store, clock, deliveries } = this.#options;
    for (const id of this.#unwanted) {
      deliveries.cancel(id);
      const { next } = await call(clock, store.end(id, { status: 'cancelled', progress: null, endedAt: clock.wallMs() }));
      this.#unwanted.delete(id);
      await this.start(next);
    }
  }
}
