import { randomBytes } from 'node:crypto';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Params, Result } from '../../contract/methods.js';
import type { SessionView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { call } from '../../core/redis/connection.js';
import type { SessionRecord, SessionStore } from '../../core/sessions/session-store.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { Agent } from '../pool/agent.js';
import type { WarmPool } from '../pool/warm-pool.js';
import type { LogTail } from '../process/types.js';
import { Durations } from './durations.js';
import { SessionAgents } from './session-agents.js';
import { SessionBook, type SessionEntry, viewOf } from './session-book.js';
import { SessionWriter } from './session-writer.js';
import { startAnswer } from './start-answer.js';
import type { TurnFeed } from './turn-feed.js';

type StartAnswer = Result<'session.start'>;

export interface SessionsOptions {
  readonly pool: Pick<WarmPool, 'acquire' | 'spawnFor' | 'assign' | 'giveBack' | 'release' | 'onEvent' | 'trouble' | 'estimateMs'>;
  readonly store: SessionStore;
  readonly turns: Pick<TurnStore, 'bySession' | 'head'>;
  readonly feed: TurnFeed;
  readonly logFor: (agent: string) => LogTail;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<Config, 'pool' | 'sessions' | 'templates'>;
  readonly node: string;
  readonly newId?: () => string;
}

const rateWindowMs = 60_000;
const shownTurns = 50;
const flushRetryMs = 1_000;

/** Sessions of this node: who has one, which agent serves it, who waits for a place. */
export class Sessions {
  readonly agents: SessionAgents;
  readonly #options: SessionsOptions;
  readonly #book: SessionBook;
  readonly #writer: SessionWriter;
  readonly #scope: Scope;
  readonly #ends: Emitter<SessionView>;
  readonly #starting = new Map<string, Promise<StartAnswer>>();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #lifetimes = new Durations({ most: 50, fallbackMs: 120_000 });
  #reserved = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    const onError = (error: unknown): void => options.log.error('a listener of the sessions failed', { error });
    this.#book = new SessionBook(onError);
    this.#writer = new SessionWriter({ ...options, book: this.#book });
    this.#ends = new Emitter(onError);
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('the sessions failed in a step', { step, error }));
    this.agents = new SessionAgents({ pool: options.pool, book: this.#book, clock: options.clock, log: options.log });
  }

  /** Takes over what earlier runs of this node left in Redis, then keeps it tidy. Call once Redis answers. */
  async start(): Promise<void> {
    const { store, clock, config, node, feed, pool } = this.#options;
    for await (const page of store.all()) for (const record of page) if (record.node === node) this.#restore(record);
    this.#book.orderLine(await store.waiting());
    this.#scope.add(
      'changes',
      this.#book.onChange((id) => {
        feed.touch(id);
        void this.#writer.flush();
      }),
    );
    this.#scope.add(
      'recovery',
      pool.onEvent((event) => (event.kind === 'recovered' ? this.#retry(event.template) : undefined)),
    );
    this.#scope.everyNow(
      'cleanup',
      () => config.sessions.cleanupEvery,
      () => this.#cleanUp(),
    );
    this.#scope.every('flush', flushRetryMs, () => this.#writer.flush());
    for (const { record } of this.#book.entries()) this.#book.markDirty(record.id);
    void this.#writer.flush();
    this.#promote();
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
    return this.#ends.on(listener);
  }

  /** Sessions of this node that have not ended, newest first. */
  views(): SessionView[] {
    return this.#book.views();
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

  countTurn(sessionId: string): void {
    this.#book.countTurn(sessionId, this.#options.clock.wallMs(), this.#options.clock.monoMs());
  }

  // The handlers of session.*

  async begin(params: Params<'session.start'>): Promise<StartAnswer> {
    // Two starts of one user at the same time are one start.
    const underWay = this.#starting.get(params.userId);
    if (underWay !== undefined) await underWay.catch(() => undefined);
    else {
      const starting = this.#start(params).finally(() => this.#starting.delete(params.userId));
      this.#starting.set(params.userId, starting);
      return starting;
    }
    return this.begin(params);
  }

  async get(id: string): Promise<{ session: SessionView }> {
    const entry = this.#book.get(id);
    return { session: viewOf(entry?.record ?? (await this.#read(id))) };
  }

  /** Idempotent. */
  async end(sessionId: string): Promise<Record<string, never>> {
    const entry = this.#book.get(sessionId);
    if (entry !== undefined) await this.#end(entry, '');
    else {
      const record = await this.#read(sessionId);
      if (record.status !== 'ended') await call(this.#options.clock, this.#options.store.end(record.id, record.userId));
    }
    return {};
  }

  async list(params: Params<'session.list'>): Promise<Result<'session.list'>> {
    const { page, pageSize, status } = params;
    const { sessions, total } = await call(this.#options.clock, this.#options.store.list({ page, pageSize, ...(status === undefined ? {} : { status }) }));
    // Redis follows the book by a moment; what this node knows itself is newer.
    return { sessions: sessions.map((record) => viewOf(this.#book.get(record.id)?.record ?? record)), total, page, pageSize };
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
    return { version, session, turns: said.map((turn) => feed.withLive(turn)) };
  }

  async #start(params: Params<'session.start'>): Promise<StartAnswer> {
    const { pool, store, clock, config, node, newId } = this.#options;
    const startedMs = clock.monoMs();
    if (this.#scope.closed) throw new RoostError('shutting-down', 'Roost is shutting down.');
    const template = params.template ?? config.pool.template;
    if (config.templates[template] === undefined) {
      throw new RoostError('bad-request', `template must be one of ${Object.keys(config.templates).join(', ')}, got ${JSON.stringify(template)}`, {
        field: 'template',
      });
    }
    const known = this.#book.ofUser(params.userId);
    if (known !== undefined) return this.#again(known, startedMs);

    const free = this.#book.occupied + this.#reserved < config.pool.capacity && this.#book.line.length === 0;
    const agent = free ? pool.acquire(template) : undefined;
    const trouble = pool.trouble(template);
    if (free && agent === undefined && trouble !== null && trouble.retryAfterMs > 0)
      throw new RoostError('circuit-open', trouble.message, { retryAfterMs: trouble.retryAfterMs });

    const record: SessionRecord = {
      id: newId?.() ?? `s-${randomBytes(9).toString('hex')}`,
      userId: params.userId,
      status: !free ? 'waiting' : agent === undefined ? 'starting' : 'ready',
      agentId: agent?.name ?? null,
      agentPid: agent?.pid ?? null,
      template,
      tier: params.tier ?? 'free',
      createdAt: clock.wallMs(),
      startupMs: agent === undefined ? null : 0,
      prewarmed: agent === undefined ? null : true,
      lastTurnAt: null,
      turns: 0,
      node,
    };
    let spare = agent;
    this.#reserved += 1;
    try {
      const rate = { limit: config.sessions.startsPerMinute, windowMs: rateWindowMs, nowMs: clock.wallMs() };
      const admission = await call(clock, store.admit(record, rate));
      if (admission.kind === 'rate-limited') {
        const waitMs = admission.retryAfterMs;
        throw new RoostError('rate-limited', `At most ${rate.limit} session starts a minute for one user; try again in ${Math.ceil(waitMs / 1_000)} s.`, {
          retryAfterMs: waitMs,
        });
      }
      if (admission.kind === 'existing') return this.#again(this.#adopt(admission.session), startedMs);
      spare = undefined;
      return this.#admitted(record, agent, startedMs);
    } finally {
      this.#reserved -= 1;
      if (spare !== undefined) pool.giveBack(spare);
    }
  }

  /** A session of this node that only Redis knows: its start was recorded, but the answer came too late. */
  #adopt(record: SessionRecord): SessionEntry | SessionRecord {
    const known = this.#book.get(record.id);
    if (known !== undefined || record.node !== this.#options.node) return known ?? record;
    this.#restore(record);
    return this.#book.get(record.id) ?? record;
  }

  #admitted(record: SessionRecord, agent: Agent | undefined, startedMs: number): StartAnswer {
    const entry = this.#book.add(record, startedMs);
    if (agent !== undefined) {
      entry.record = { ...entry.record, startupMs: Math.round(this.#options.clock.monoMs() - startedMs) };
      this.agents.bind(entry, agent, true);
    } else if (record.status === 'starting') this.agents.ensure(record.id);
    return this.#answer(entry.record, startedMs, false);
  }

  /** The same user again: the same session, with an agent if it lost its own. */
  #again(found: SessionEntry | SessionRecord, startedMs: number): StartAnswer {
    if (!('record' in found)) return this.#answer(found, startedMs, true);
    if (found.record.status === 'error') {
      this.#book.update(found.record.id, { status: 'starting', error: null });
      this.agents.ensure(found.record.id);
    } else if (found.agent === undefined && found.record.status === 'ready') this.agents.ensure(found.record.id);
    found.activeMonoMs = this.#options.clock.monoMs();
    return this.#answer(found.record, startedMs, true);
  }

  #answer(record: SessionRecord, startedMs: number, existing: boolean): StartAnswer {
    const { pool, clock } = this.#options;
    const position = this.#book.position(record.id);
    return startAnswer(record, {
      position,
      placeWaitMs: this.#placeWaitMs(position),
      agentWaitMs: pool.estimateMs(record.template),
      latencyMs: clock.monoMs() - startedMs,
      existing,
    });
  }

  /** A place comes free once per lifetime of a session and place. */
  #placeWaitMs(position: number): number {
    return Math.round((this.#lifetimes.medianMs * position) / this.#options.config.pool.capacity);
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
    const { clock, store } = this.#options;
    const { id } = entry.record;
    await call(clock, store.end(id, userId, reason));
    this.#book.remove(id);
    if (entry.agent !== undefined) this.#lifetimes.add(clock.monoMs() - entry.sinceMonoMs);
    this.agents
      .release(entry, reason === '' ? 'its session was stopped' : reason)
      .catch((error: unknown) => this.#options.log.warn('an agent did not end', { error }));
    this.#ends.emit({ ...viewOf(entry.record), status: 'ended', agentId: null, agentPid: null });
    this.#promote();
  }

  /** Gives free places to those in line, first come first served. */
  #promote(): void {
    const { pool } = this.#options.config;
    for (let id = this.#book.line[0]; id !== undefined && this.#book.occupied + this.#reserved < pool.capacity; id = this.#book.line[0]) {
      this.#book.update(id, { status: 'starting' });
      const entry = this.#book.get(id);
      if (entry !== undefined) entry.activeMonoMs = this.#options.clock.monoMs();
      this.agents.ensure(id);
    }
  }

  #retry(template: string): void {
    for (const { record } of [...this.#book.entries()]) {
      if (record.status !== 'error' || record.template !== template) continue;
      this.#book.update(record.id, { status: 'starting', error: null });
      this.agents.ensure(record.id);
    }
  }

  /** Its agent died with the run that held it; the session gets a new one when it is needed. */
  #restore(record: SessionRecord): void {
    const { clock } = this.#options;
    const monoMs = clock.monoMs();
    const idleMs = Math.max(0, clock.wallMs() - (record.lastTurnAt ?? record.createdAt));
    const status = record.status === 'waiting' ? 'waiting' : 'ready';
    this.#book.add({ ...record, status, agentId: null, agentPid: null }, monoMs, monoMs - idleMs);
  }

  async #cleanUp(): Promise<void> {
    const { clock, config, turns } = this.#options;
    for (const entry of [...this.#book.entries()]) {
      const { id, status } = entry.record;
      if (status === 'waiting' || status === 'busy' || clock.monoMs() - entry.activeMonoMs < config.sessions.staleAfter) continue;
      if ((await call(clock, turns.head(id))) !== null) continue;
      await this.#end(entry, `no turn for ${Math.round(config.sessions.staleAfter / 60_000)} minutes`);
    }
  }

  async #read(id: string): Promise<SessionRecord> {
    const record = await call(this.#options.clock, this.#options.store.get(id));
    if (record === undefined) throw new RoostError('not-found', `There is no session ${id}.`);
    return record;
  }
}
