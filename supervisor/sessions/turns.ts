import { randomBytes } from 'node:crypto';
import { RoostError } from '../../contract/errors.js';
import type { Params, Result } from '../../contract/methods.js';
import type { TurnView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { TurnJob } from '../../core/jobs/queues.js';
import { call } from '../../core/redis/connection.js';
import type { SessionStore } from '../../core/sessions/session-store.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { Deliveries } from './deliveries.js';
import { Durations } from './durations.js';
import type { Sessions } from './sessions.js';
import { hasEnded, type TurnFeed } from './turn-feed.js';

/** The queue of turns, as the supervisor uses it. */
export interface TurnQueue {
  /** Idempotent by turn; a finished job of this turn makes room. */
  addTurn(job: TurnJob, priority?: number): Promise<void>;
  /** False when there is no such job or a worker holds it. */
  removeTurn(turnId: string): Promise<boolean>;
  /** True while the job waits, is delayed or runs. */
  hasLiveTurn(turnId: string): Promise<boolean>;
}

export interface Ratings {
  rate(turnId: string, rating: number, comment?: string): Promise<{ readonly recorded: boolean; readonly reward: number }>;
}

export interface TurnsOptions {
  readonly sessions: Pick<Sessions, 'get' | 'countTurn' | 'has' | 'onEnded'>;
  readonly sessionStore: Pick<SessionStore, 'get'>;
  readonly store: TurnStore;
  readonly queue: TurnQueue;
  readonly ratings: Ratings;
  readonly deliveries: Pick<Deliveries, 'cancel'>;
  readonly feed: TurnFeed;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: string;
  /** Jobs in the queue before a new one, and how many run side by side: for the estimate. */
  readonly load?: () => { readonly waiting: number; readonly concurrency: number };
  /** Tells the workers that a person cancelled this turn. */
  readonly tellWorkers?: (message: { readonly type: 'cancel'; readonly turnId: string }) => void;
  readonly newId?: () => string;
}

const sweepEveryMs = 2_000;
/** A job that is gone this often without its turn having ended will not end it the next time either. */
const maxSweeps = 5;
const noTimings = { queueMs: null, chooseMs: null, agentMs: null, totalMs: null };

/** Turns: accepting, reading, cancelling, rating, and the sweep that finds those without a job. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #scope: Scope;
  readonly #durations = new Durations({ most: 50, fallbackMs: 2_000 });
  readonly #sweeps = new Map<string, number>();

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.debug('the turns failed in a step', { step, error }));
  }

  start(): void {
    const { sessions, feed, log } = this.#options;
    this.#scope.add(
      'durations',
      feed.onEnd((turn) => (turn.status === 'done' && turn.timings.agentMs !== null ? this.#durations.add(turn.timings.agentMs) : undefined)),
    );
    this.#scope.add(
      'ended',
      sessions.onEnded(
        ({ id }) => void this.#cancelAll(id).catch((error: unknown) => log.warn('turns of an ended session are left to the sweep', { session: id, error })),
      ),
    );
    this.#scope.every('sweep', sweepEveryMs, () => this.sweep());
  }

  stop(): Promise<void> {
    return this.#scope.close();
  }

  /** Acknowledged only once the record and, for the first in its session's line, the job are in Redis. */
  async create(params: Params<'turn.create'>): Promise<Result<'turn.create'>> {
    const { sessions, store, queue, clock, feed, newId } = this.#options;
    const { sessionId, text, intent, priority } = params;
    const { session } = await sessions.get(sessionId);
    if (session.status === 'ended') throw new RoostError('conflict', `Session ${sessionId} has ended; start a new one.`);
    const id = newId?.() ?? `t-${randomBytes(9).toString('hex')}`;
    const turn: TurnView = {
      id,
      sessionId,
      status: 'queued',
      prompt: text,
      text: '',
      intent: intent ?? null,
      arm: null,
      propensity: null,
      decisionKind: null,
      provider: null,
      progress: null,
      suggestion: null,
      rating: null,
      reward: null,
      error: null,
      attempts: 0,
      createdAt: clock.wallMs(),
      startedAt: null,
      endedAt: null,
      timings: noTimings,
      trace: [],
    };
    const { ahead } = await call(clock, store.create(turn));
    if (ahead === 0) {
      try {
        await call(clock, queue.addTurn({ turnId: id, sessionId }, priority));
      } catch (error) {
        // Not acknowledged, so it must not run later. Where even this fails the sweep adds its job.
        await call(clock, store.end(id, { status: 'cancelled', endedAt: clock.wallMs() })).catch(() => undefined);
        throw error;
      }
    }
    sessions.countTurn(sessionId);
    feed.publish(turn);
    return { turnId: id, status: 'queued', position: ahead + 1, estimatedWaitMs: this.#estimateMs(ahead) };
  }

  async get(id: string): Promise<{ turn: TurnView }> {
    return { turn: this.#options.feed.withLive(await this.#read(id)) };
  }

  /** The record as it is now, then everything that happens to it; for a turn that is not known nothing. */
  watch(turnId: string, listener: (turn: TurnView) => void): () => void {
    const { feed, store, clock, log } = this.#options;
    let told = false;
    let open = true;
    const off = feed.on(turnId, (turn) => {
      told = true;
      listener(turn);
    });
    const known = feed.get(turnId);
    if (known !== undefined) listener(known);
    else {
      call(clock, store.get(turnId)).then(
        (turn) => void (open && !told && turn !== undefined && listener(feed.withLive(turn))),
        (error: unknown) => log.debug('a turn to watch could not be read', { turn: turnId, error }),
      );
    }
    return () => {
      open = false;
      off();
    };
  }

  async cancel(id: string): Promise<Result<'turn.cancel'>> {
    const turn = await this.#read(id);
    return { status: hasEnded(turn) ? turn.status : (await this.#cancel(turn, null)).status };
  }

  async feedback({ id, rating, comment }: Params<'turn.feedback'>): Promise<Result<'turn.feedback'>> {
    const { store, ratings, clock, feed } = this.#options;
    const turn = await this.#read(id);
    if (turn.status !== 'done' && turn.status !== 'failed')
      throw new RoostError('conflict', `Turn ${id} is ${turn.status}; only a turn that was answered can be rated.`);
    const result = await call(clock, ratings.rate(id, rating, comment));
    if (result.recorded) {
      const rated = await call(clock, store.patch(id, { rating, reward: result.reward }));
      if (rated !== undefined) feed.publish(rated);
    }
    return result;
  }

  /** Finds sessions of this node whose first turn has no job, whatever lost it, and gives it one. */
  async sweep(): Promise<void> {
    const { store, clock, sessions } = this.#options;
    const pending = await call(clock, store.sessionsWithPending());
    for (const sessionId of pending) {
      if (this.#scope.closed) return;
      if (sessions.has(sessionId)) await this.#sweepSession(sessionId);
      else await this.#sweepForeign(sessionId);
    }
    if (pending.length === 0) this.#sweeps.clear();
  }

  async #sweepSession(sessionId: string): Promise<void> {
    const { store, queue, clock, log } = this.#options;
    const turnId = await call(clock, store.head(sessionId));
    if (turnId === null || (await call(clock, queue.hasLiveTurn(turnId)))) return;
    const turn = await call(clock, store.get(turnId));
    if (turn === undefined) {
      log.warn('a turn without a readable record was taken out of its line', { turn: turnId, session: sessionId });
      await call(clock, store.drop(turnId, sessionId));
    } else if (hasEnded(turn)) {
      await this.#startNext(sessionId, (await call(clock, store.end(turnId, { status: 'failed' }))).nextTurnId);
    } else if ((this.#sweeps.get(turnId) ?? 0) >= maxSweeps) {
      this.#sweeps.delete(turnId);
      await this.#end(turn, {
        status: 'failed',
        error: { code: 'internal', message: `The job of this turn vanished ${maxSweeps} times; it was given up.` },
        endedAt: clock.wallMs(),
      });
    } else {
      this.#sweeps.set(turnId, (this.#sweeps.get(turnId) ?? 0) + 1);
      await call(clock, queue.addTurn({ turnId, sessionId }));
      log.info('a turn without a job got one', { turn: turnId, session: sessionId });
    }
  }

  /** Turns left behind by a session that has ended; those of other nodes are none of ours. */
  async #sweepForeign(sessionId: string): Promise<void> {
    const { sessionStore, clock, node } = this.#options;
    const session = await call(clock, sessionStore.get(sessionId));
    if (session === undefined || (session.node === node && session.status === 'ended')) await this.#cancelAll(sessionId);
  }

  async #cancelAll(sessionId: string): Promise<void> {
    const { store, clock } = this.#options;
    const ids = await call(clock, store.pending(sessionId));
    // Last first: otherwise each end would start the next one.
    for (const id of ids.reverse()) {
      const turn = await call(clock, store.get(id));
      if (turn === undefined) await call(clock, store.drop(id, sessionId));
      else await this.#cancel(turn, { code: 'cancelled', message: 'Its session has ended.' });
    }
  }

  async #cancel(turn: TurnView, error: TurnView['error']): Promise<TurnView> {
    const { queue, deliveries, feed, clock, log, tellWorkers } = this.#options;
    const text = feed.withLive(turn).text;
    const delivering = deliveries.cancel(turn.id);
    if (turn.status === 'running' || delivering) tellWorkers?.({ type: 'cancel', turnId: turn.id });
    const ended = await this.#end(turn, {
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

  async #end(turn: TurnView, patch: Parameters<TurnStore['end']>[1]): Promise<TurnView> {
    const { store, clock, feed } = this.#options;
    const { turn: ended, nextTurnId } = await call(clock, store.end(turn.id, patch));
    if (ended !== undefined) feed.publish(ended);
    await this.#startNext(turn.sessionId, nextTurnId);
    return ended ?? turn;
  }

  async #startNext(sessionId: string, nextTurnId: string | null): Promise<void> {
    const { queue, clock, log } = this.#options;
    if (nextTurnId === null) return;
    await call(clock, queue.addTurn({ turnId: nextTurnId, sessionId })).catch((error: unknown) =>
      log.debug('the next turn is left to the sweep', { turn: nextTurnId, error }),
    );
  }

  async #read(id: string): Promise<TurnView> {
    const turn = await call(this.#options.clock, this.#options.store.get(id));
    if (turn === undefined) throw new RoostError('not-found', `There is no turn ${id}.`);
    return turn;
  }

  #estimateMs(ahead: number): number {
    const { waiting, concurrency } = this.#options.load?.() ?? { waiting: 0, concurrency: 1 };
    return Math.round(this.#durations.medianMs * (ahead + waiting / Math.max(1, concurrency)));
  }
}
