import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Params, Result } from '../../contract/methods.js';
import type { Quota, SessionView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { SessionRecord, SessionStore } from '../../core/sessions/session-store.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { WarmPool } from '../pool/warm-pool.js';
import type { LogTail } from '../process/types.js';
import type { PeopleSigns } from './people-signs.js';
import { SessionAgents } from './session-agents.js';
import { SessionBook } from './session-book.js';
import { SessionEnds } from './session-ends.js';
import { SessionReader } from './session-reader.js';
import { SessionStarts, type StartAnswer } from './session-starts.js';
import { SessionWriter } from './session-writer.js';
import type { TurnFeed } from './turn-feed.js';

export interface SessionsOptions {
  readonly pool: Pick<
    WarmPool,
    'acquire' | 'spawnFor' | 'assign' | 'giveBack' | 'release' | 'onEvent' | 'trouble' | 'estimateMs' | 'admits' | 'worn' | 'moveIn'
  >;
  readonly store: SessionStore;
  readonly turns: Pick<TurnStore, 'bySession' | 'head'>;
  readonly feed: TurnFeed;
  readonly logFor: (agent: string) => LogTail;
  readonly people?: PeopleSigns;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<Config, 'pool' | 'sessions' | 'templates'>;
  readonly node: string;
  /** What a user has left of today's turns. */
  quota(userId: string, tier: SessionView['tier']): Promise<Quota>;
  /** How many turns of a session stand before its newest `shown`. */
  earlier(sessionId: string, shown: number): Promise<number>;
  /** The room of a voice agent. */
  roomOf(agentId: string): string;
  /** Where the folders of sessions lie. */
  readonly workspaces: string;
  readonly newId?: () => string;
}

const flushRetryMs = 1_000;
const lineEveryMs = 1_000;

/** Sessions of this node: who has one, which agent serves it, who waits for a place. */
export class Sessions {
  readonly agents: SessionAgents;
  readonly #options: SessionsOptions;
  readonly #book: SessionBook;
  readonly #writer: SessionWriter;
  readonly #starts: SessionStarts;
  readonly #scope: Scope;
  readonly #reader: SessionReader;
  readonly #ends: SessionEnds;
  #toldLine = '';

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#book = new SessionBook((error) => options.log.error('a listener of the sessions failed', { error }));
    this.#writer = new SessionWriter({ ...options, book: this.#book });
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('the sessions failed in a step', { step, error }));
    this.agents = new SessionAgents({ ...options, book: this.#book });
    this.#starts = new SessionStarts({ ...options, book: this.#book, agents: this.agents, closing: this.#scope.signal });
    const parts = { ...options, book: this.#book, agents: this.agents, starts: this.#starts };
    this.#reader = new SessionReader(parts);
    this.#ends = new SessionEnds({ ...parts, reader: this.#reader });
  }

  /** Takes over what earlier runs of this node left in Redis, then keeps it tidy. Call once Redis answers. */
  async start(): Promise<void> {
    const { store, clock, config, node, feed, pool } = this.#options;
    for await (const page of store.all()) for (const record of page) if (record.node === node) this.#starts.restore(record);
    this.#book.orderLine(await store.waiting());
    this.#scope.add(
      'changes',
      this.#book.onChange((id) => {
        feed.touch(id);
        this.#writer.soon();
      }),
    );
    this.#scope.add(
      'recovery',
      pool.onEvent((event) => (event.kind === 'recovered' ? this.#retry(event.template) : undefined)),
    );
    this.#scope.everyNow(
      'cleanup',
      () => config.sessions.cleanupEvery,
      () => this.#ends.endStale(),
    );
    this.#scope.every('flush', flushRetryMs, () => this.#writer.flush());
    this.#scope.every('line', lineEveryMs, async () => {
      this.#moveLine();
      await this.#ends.endAsked();
    });
    for (const { record } of this.#book.entries()) this.#book.markDirty(record.id);
    void this.#writer.flush();
    this.#starts.promote();
    this.#options.log.info('sessions restored', { sessions: this.#book.size, wallMs: clock.wallMs() });
  }

  async stop(): Promise<void> {
    await this.#scope.close();
    await this.#writer.flush();
  }

  /** Told the id of every session of this node that changed. */
  onChange(listener: (sessionId: string) => void): () => void {
    return this.#book.onChange(listener);
  }

  onEnded(listener: (session: SessionView) => void): () => void {
    return this.#ends.onEnded(listener);
  }

  /** Sessions of this node that have not ended, newest first. */
  views(): SessionView[] {
    return [...this.#book.entries()].map(({ record }) => this.#reader.shown(record)).sort((a, b) => b.createdAt - a.createdAt);
  }

  counts(): { readonly starting: number; readonly active: number; readonly waiting: number; readonly capacity: number } {
    const statuses = [...this.#book.entries()].map(({ record }) => record.status);
    const count = (...wanted: string[]): number => statuses.filter((status) => wanted.includes(status)).length;
    return {
      starting: count('starting'),
      active: count('ready', 'busy', 'waiting-human'),
      waiting: count('waiting'),
      capacity: this.#options.config.pool.capacity,
    };
  }

  /** Whether the session is one of this node's that has not ended. */
  has(sessionId: string): boolean {
    return this.#book.get(sessionId) !== undefined;
  }

  /** Who asks in a session of this node, and with which tier; `conflict` when it ended in this very moment. */
  ownerOf(sessionId: string): { readonly userId: string; readonly tier: SessionView['tier'] } {
    const record = this.#book.get(sessionId)?.record;
    if (record === undefined) throw new RoostError('conflict', `Session ${sessionId} has ended; start a new one.`);
    return { userId: record.userId, tier: record.tier };
  }

  statusOf(sessionId: string): Pick<SessionRecord, 'status' | 'error'> | undefined {
    return this.#book.get(sessionId)?.record;
  }

  /** How long this session may wait for a place or an agent; 0 when it has one. */
  waitMs(sessionId: string): number {
    const record = this.#book.get(sessionId)?.record;
    return record === undefined ? 0 : (this.#starts.waits(record)?.estimatedWaitMs ?? 0);
  }

  /** Undefined for a user without a session of this node. */
  tierOf(userId: string): SessionView['tier'] | undefined {
    return this.#book.ofUser(userId)?.record.tier;
  }

  /** One of this node's with an agent: its turns may go to work. While it waits for a place or an agent they would hold slots of a worker and wait too. */
  holdsPlace(sessionId: string): boolean {
    const status = this.#book.get(sessionId)?.record.status;
    return status === 'ready' || status === 'busy' || status === 'waiting-human';
  }

  /** Asks for an agent again, once starts of the template are tried again; for a session whose turns wait for one. */
  revive(sessionId: string): void {
    const record = this.#book.get(sessionId)?.record;
    if (record === undefined || (this.#options.pool.trouble(record.template)?.retryAfterMs ?? 0) > 0) return;
    this.agents.revive(sessionId);
  }

  /** Refuses a session whose turns would never run here: `not-found`, or `conflict` when it has ended or another node serves it. */
  async ensureServed(sessionId: string): Promise<void> {
    if (this.has(sessionId)) return;
    const record = await this.#reader.record(sessionId);
    if (record.status === 'ended') throw new RoostError('conflict', `Session ${sessionId} has ended; start a new one.`);
    if (record.node !== this.#options.node)
      throw new RoostError('conflict', `Session ${sessionId} is served by node ${record.node}; send its turns there or start a session here as another user.`);
    this.#starts.adopt(record);
  }

  countTurn(sessionId: string): void {
    this.#book.countTurn(sessionId, this.#options.clock.wallMs(), this.#options.clock.monoMs());
  }

  // The handlers of session.*

  begin(params: Params<'session.start'>): Promise<StartAnswer> {
    return this.#starts.begin(params);
  }

  get(id: string): Promise<{ session: SessionView }> {
    return this.#reader.get(id);
  }

  /** Idempotent. */
  end(sessionId: string): Promise<Record<string, never>> {
    return this.#ends.end(sessionId);
  }

  list(params: Params<'session.list'>): Promise<Result<'session.list'>> {
    return this.#reader.list(params);
  }

  logs(id: string, lines: number): Promise<Result<'session.logs'>> {
    return this.#reader.logs(id, lines);
  }

  conversation(params: Params<'session.conversation'>, signal?: AbortSignal): Promise<Result<'session.conversation'>> {
    return this.#reader.conversation(params, signal);
  }

  /** Memory comes back without anybody telling; those in line read their new place. */
  #moveLine(): void {
    // One at a time: agents that were started together grow old together, and the pool has no warm one for each of them.
    for (const { record } of [...this.#book.entries()]) if (record.status === 'ready' && this.agents.renewWorn(record.id)) break;
    this.#starts.promote();
    const line = this.#book.line.join();
    if (line === this.#toldLine) return;
    this.#toldLine = line;
    for (const id of this.#book.line) this.#options.feed.touch(id);
  }

  #retry(template: string): void {
    for (const { record } of [...this.#book.entries()]) {
      if (record.status !== 'error' || record.template !== template) continue;
      this.#book.update(record.id, { status: 'starting', error: null });
      this.agents.ensure(record.id);
    }
  }
}
