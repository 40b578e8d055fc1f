import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Params, Result } from '../../contract/methods.js';
import type { Quota, TurnView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { newId as freshId } from '../../core/base/new-id.js';
import { Scope } from '../../core/base/scope.js';
import { call } from '../../core/redis/connection.js';
import type { QuotaStore } from '../../core/sessions/quota-store.js';
import type { SessionStore } from '../../core/sessions/session-store.js';
import type { Creation, TurnStore } from '../../core/sessions/turn-store.js';
import type { Deliveries } from './deliveries.js';
import { Durations } from './durations.js';
import { newTurn } from './new-turn.js';
import { type PeopleSigns, unheard } from './people-signs.js';
import { quotaExceeded, tooManyWaiting } from './quota.js';
import type { Sessions } from './sessions.js';
import type { TurnArchive } from './turn-archive.js';
import { TurnEnds, type TurnQueue } from './turn-ends.js';
import { hasEnded, type TurnFeed } from './turn-feed.js';
import { TurnQuotas } from './turn-quotas.js';
import { TurnSweep } from './turn-sweep.js';

export interface Ratings {
  rate(turnId: string, rating: number, comment?: string): Promise<{ readonly recorded: boolean; readonly counted: boolean; readonly reward: number }>;
}

export interface TurnsOptions {
  readonly config: Pick<Config, 'tiers' | 'sessions' | 'turns'>;
  readonly sessions: Pick<
    Sessions,
    'ensureServed' | 'countTurn' | 'has' | 'holdsPlace' | 'onEnded' | 'onChange' | 'ownerOf' | 'tierOf' | 'revive' | 'statusOf' | 'waitMs'
  >;
  readonly quotas: QuotaStore;
  readonly sessionStore: Pick<SessionStore, 'get'>;
  readonly store: TurnStore;
  readonly queue: TurnQueue;
  readonly ratings: Ratings;
  readonly people?: PeopleSigns;
  readonly deliveries: Pick<Deliveries, 'cancel'>;
  readonly archive: Pick<TurnArchive, 'find' | 'rated'>;
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

/** Turns as a person sees them: asking, reading, cancelling, rating. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #scope: Scope;
  readonly #durations = new Durations({ most: 50, fallbackMs: 2_000 });
  readonly #ends: TurnEnds;
  readonly #people: PeopleSigns;
  readonly #quotas: TurnQuotas;
  readonly #sweep: TurnSweep;
  /** Sessions that wait for a place or an agent. */
  readonly #withoutAgent = new Set<string>();

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#people = options.people ?? unheard;
    this.#quotas = new TurnQuotas(options);
    this.#scope = new Scope(options.clock, (step, error) => options.log.debug('the turns failed in a step', { step, error }));
    this.#ends = new TurnEnds(options);
    this.#sweep = new TurnSweep({ ...options, ends: this.#ends });
  }

  start(): void {
    const { sessions, feed, log, deliveries } = this.#options;
    // Whoever ended it: its agent must not go on for nobody, nor a person be asked for it.
    this.#scope.add(
      'deliveries',
      feed.onEnd(({ id }) => void deliveries.cancel(id)),
    );
    this.#scope.add(
      'durations',
      feed.onEnd((turn) => (turn.status === 'done' && turn.timings.agentMs !== null ? this.#durations.add(turn.timings.agentMs) : undefined)),
    );
    this.#scope.add(
      'ended',
      sessions.onEnded(
        ({ id }) =>
          void this.#ends.cancelAll(id).catch((error: unknown) => log.warn('turns of an ended session are left to the sweep', { session: id, error })),
      ),
    );
    this.#scope.add(
      'agents',
      sessions.onChange((id) => this.#agentCame(id)),
    );
    this.#scope.every('sweep', sweepEveryMs, () => this.sweep());
  }

  stop(): Promise<void> {
    return this.#scope.close();
  }

  /** Acknowledged only once the record and, for the first in its session's line, the job are in Redis. */
  async create(params: Params<'turn.create'>): Promise<Result<'turn.create'>> {
    const { sessions, store, queue, clock, feed, newId, config } = this.#options;
    const { sessionId, priority } = params;
    await sessions.ensureServed(sessionId);
    const id = newId?.() ?? freshId('t');
    const turn = newTurn(id, params, clock.wallMs());
    const { userId, tier } = sessions.ownerOf(sessionId);
    const { tiers, sessions: limits } = config;
    let created: Creation;
    try {
      created = await call(
        clock,
        store.create(turn, priority, { userId, perDay: tiers[tier].turnsPerDay, waiting: limits.waitingTurns, day: this.#quotas.today() }),
      );
      const ahead = created.kind === 'created' ? created.ahead : -1;
      // In line for a place: the sweep adds the job when the session has one.
      if (ahead === 0 && sessions.holdsPlace(sessionId)) await call(clock, queue.addTurn({ turnId: id, sessionId }, priority, true));
    } catch (error) {
      this.#ends.takeBack(id);
      throw error;
    }
    const quota = this.#quotas.shown({ userId, tier, ...created });
    if (created.kind !== 'created') {
      this.#people.turnRefused(tier, created.kind === 'quota' ? 'quota' : 'line');
      throw created.kind === 'quota' ? quotaExceeded(quota, clock.wallMs()) : tooManyWaiting(created.waiting, this.#durations.medianMs);
    }
    sessions.countTurn(sessionId);
    feed.publish(turn);
    const { ahead } = created;
    return { turnId: id, status: 'queued', position: ahead + 1, estimatedWaitMs: this.#estimateMs(ahead), quota };
  }

  /** What the user of a session has left today. */
  quota(userId: string, tier: Quota['tier']): Promise<Quota> {
    return this.#quotas.of(userId, tier);
  }

  quotaList(params: Params<'quota.list'>): Promise<Result<'quota.list'>> {
    return this.#quotas.list(params);
  }

  /** One in line says which number it is, and how long it may take. */
  async get(id: string): Promise<{ turn: TurnView }> {
    const { feed, store, clock, sessions } = this.#options;
    const turn = feed.withLive(await this.#read(id));
    if (turn.status !== 'queued') return { turn };
    const ahead = (await call(clock, store.pending(turn.sessionId))).indexOf(id);
    if (ahead < 0) return { turn };
    return { turn: { ...turn, position: ahead + 1, estimatedWaitMs: this.#estimateMs(ahead) + sessions.waitMs(turn.sessionId) } };
  }

  /** The record as it is now, then everything that happens to it; for a turn that is not known nothing. */
  watch(turnId: string, listener: (turn: TurnView) => void): () => void {
    const { feed, log } = this.#options;
    let told = false;
    let open = true;
    const off = feed.on(turnId, (turn) => {
      told = true;
      listener(turn);
    });
    const known = feed.get(turnId);
    if (known !== undefined) listener(known);
    else {
      this.#find(turnId).then(
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
    const { sessions, sessionStore, clock, node } = this.#options;
    const turn = await this.#read(id);
    if (hasEnded(turn)) return { status: turn.status };
    if (!sessions.has(turn.sessionId)) {
      const owner = (await call(clock, sessionStore.get(turn.sessionId)))?.node;
      if (owner !== undefined && owner !== node) throw new RoostError('conflict', `Turn ${id} is served by node ${owner}; cancel it there.`);
    }
    return { status: (await this.#ends.cancel(turn, null)).status };
  }

  async feedback({ id, rating, comment }: Params<'turn.feedback'>): Promise<Result<'turn.feedback'>> {
    const { store, ratings, clock, feed, archive } = this.#options;
    const turn = await this.#read(id);
    if (turn.status !== 'done' && turn.status !== 'failed')
      throw new RoostError('conflict', `Turn ${id} is ${turn.status}; only a turn that was answered can be rated.`);
    // What the coordinator has forgotten, the turn itself still knows.
    if (turn.rating !== null) return { recorded: false, counted: false, reward: turn.reward ?? 0 };
    const result = await call(clock, ratings.rate(id, rating, comment));
    if (result.recorded) {
      this.#people.rated(turn.intent, rating);
      const facts = { rating, reward: result.reward };
      // Old turns are on the disk, also those that went there in this very moment.
      feed.publish((await call(clock, store.patch(id, facts))) ?? (await archive.rated(turn, facts)));
    }
    return result;
  }

  /** Finds sessions of this node whose first turn has no job, whatever lost it, and gives it one. */
  sweep(): Promise<void> {
    return this.#sweep.run(this.#scope.signal);
  }

  /** The first turn of a session goes to work in the moment its session has an agent. */
  #agentCame(sessionId: string): void {
    const { sessions, store, clock, log } = this.#options;
    if (!sessions.holdsPlace(sessionId)) {
      if (sessions.has(sessionId)) this.#withoutAgent.add(sessionId);
      else this.#withoutAgent.delete(sessionId);
      return;
    }
    if (!this.#withoutAgent.delete(sessionId)) return;
    call(clock, store.head(sessionId))
      .then((head) => this.#ends.start(head))
      .catch((error: unknown) => log.debug('the first turn of a session is left to the sweep', { session: sessionId, error }));
  }

  async #read(id: string): Promise<TurnView> {
    const turn = await this.#find(id);
    if (turn === undefined) throw new RoostError('not-found', `There is no turn ${id}.`);
    return turn;
  }

  async #find(id: string): Promise<TurnView | undefined> {
    const { clock, store, archive } = this.#options;
    return (await call(clock, store.get(id))) ?? archive.find(id);
  }

  #estimateMs(ahead: number): number {
    const { waiting, concurrency } = this.#options.load?.() ?? { waiting: 0, concurrency: 1 };
    return Math.round(this.#durations.medianMs * (ahead + waiting / Math.max(1, concurrency)));
  }
}
