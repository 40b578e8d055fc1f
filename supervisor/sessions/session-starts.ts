import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Params, Result } from '../../contract/methods.js';
import type { Clock } from '../../core/base/clock.js';
import { newId as freshId } from '../../core/base/new-id.js';
import { call } from '../../core/redis/connection.js';
import type { SessionRecord, SessionStore } from '../../core/sessions/session-store.js';
import type { Agent } from '../pool/agent.js';
import type { WarmPool } from '../pool/warm-pool.js';
import { Durations } from './durations.js';
import { type PeopleSigns, unheard } from './people-signs.js';
import { placeWaitMs } from './place-wait.js';
import type { SessionAgents } from './session-agents.js';
import { mayGoStale, place, type SessionBook, type SessionEntry } from './session-book.js';
import { startAnswer } from './start-answer.js';

export type StartAnswer = Result<'session.start'>;

export interface SessionStartsOptions {
  readonly pool: Pick<WarmPool, 'acquire' | 'giveBack' | 'trouble' | 'estimateMs' | 'admits'>;
  readonly store: Pick<SessionStore, 'admit'>;
  readonly book: SessionBook;
  readonly agents: SessionAgents;
  readonly people?: PeopleSigns;
  readonly clock: Clock;
  readonly config: Pick<Config, 'pool' | 'sessions' | 'templates'>;
  readonly node: string;
  /** Aborted once nothing may begin any more. */
  readonly closing: AbortSignal;
  readonly newId?: () => string;
}

const rateWindowMs = 60_000;

/** How a session begins: admission, a place or the line for one, an agent, and the line moving up. */
export class SessionStarts {
  readonly #options: SessionStartsOptions;
  readonly #starting = new Map<string, Promise<StartAnswer>>();
  readonly #lifetimes = new Durations({ most: 50, fallbackMs: 120_000 });
  readonly #people: PeopleSigns;
  #reserved = 0;

  constructor(options: SessionStartsOptions) {
    this.#options = options;
    this.#people = options.people ?? unheard;
  }

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

  /** Takes over a session that only Redis knows. Its agent died with the run that held it; it gets a new one when it needs one. */
  restore(record: SessionRecord): void {
    const { clock } = this.#options;
    const monoMs = clock.monoMs();
    const idleMs = Math.max(0, clock.wallMs() - (record.lastTurnAt ?? record.createdAt));
    const status = record.status === 'waiting' ? 'waiting' : 'ready';
    this.#options.book.add({ ...record, status, agentId: null, agentPid: null }, monoMs, monoMs - idleMs);
  }

  /** Gives free places to those in line, first come first served, as far as memory for their agents goes. */
  promote(): void {
    const { book, agents, clock, config, pool } = this.#options;
    for (let id = book.line[0]; id !== undefined && book.occupied + this.#reserved < config.pool.capacity; id = book.line[0]) {
      const entry = book.get(id);
      if (entry !== undefined && !pool.admits(entry.record.template)) return;
      book.update(id, { status: 'starting' });
      if (entry !== undefined) entry.activeMonoMs = clock.monoMs();
      agents.ensure(id);
    }
  }

  /** Where a session stands in the line, and how long it may take; undefined when it is not in line. */
  waits(record: SessionRecord): { readonly position: number; readonly estimatedWaitMs: number } | undefined {
    if (record.status === 'starting') return { position: 0, estimatedWaitMs: this.#options.pool.estimateMs(record.template) };
    const position = this.#options.book.position(record.id);
    return position === 0 ? undefined : { position, estimatedWaitMs: this.#placeWaitMs(position) };
  }

  /** A session gave up its place after this long. */
  placeFreed(heldMs: number): void {
    this.#lifetimes.add(heldMs);
  }

  async #start(params: Params<'session.start'>): Promise<StartAnswer> {
    const { pool, store, clock, config, node, newId } = this.#options;
    const startedMs = clock.monoMs();
    if (this.#options.closing.aborted) throw new RoostError('shutting-down', 'Roost is shutting down.');
    const template = params.template ?? config.pool.template;
    if (!Object.hasOwn(config.templates, template)) {
      throw new RoostError('bad-request', `template must be one of ${Object.keys(config.templates).join(', ')}, got ${JSON.stringify(template)}`, {
        field: 'template',
      });
    }
    const known = this.#options.book.ofUser(params.userId);
    if (known !== undefined) return this.#again(known, startedMs, params.tier);

    const free = this.#options.book.occupied + this.#reserved < config.pool.capacity && this.#options.book.line.length === 0 && pool.admits(template);
    const agent = free ? pool.acquire(template) : undefined;
    const trouble = pool.trouble(template);
    if (free && agent === undefined && trouble !== null && trouble.retryAfterMs > 0)
      throw new RoostError('circuit-open', trouble.message, { retryAfterMs: trouble.retryAfterMs });

    const record: SessionRecord = {
      id: newId?.() ?? freshId('s'),
      userId: params.userId,
      status: !free ? 'waiting' : agent === undefined ? 'starting' : 'ready',
      agentId: agent?.name ?? null,
      agentPid: agent?.pid ?? null,
      template,
      tier: params.tier ?? 'free',
      createdAt: clock.wallMs(),
      startupMs: agent === undefined ? null : Math.round(clock.monoMs() - startedMs),
      prewarmed: agent === undefined ? null : true,
      lastTurnAt: null,
      turns: 0,
      node,
      folder: null,
      conversation: null,
    };
    let spare = agent;
    this.#reserved += 1;
    try {
      const rate = { limit: config.sessions.startsPerMinute, windowMs: rateWindowMs };
      const admission = await call(clock, store.admit(record, rate));
      if (admission.kind === 'rate-limited') {
        const waitMs = admission.retryAfterMs;
        this.#people.startLimited();
        throw new RoostError('rate-limited', `At most ${rate.limit} session starts a minute for one user; try again in ${Math.ceil(waitMs / 1_000)} s.`, {
          retryAfterMs: waitMs,
        });
      }
      if (admission.kind === 'existing') return this.#again(this.adopt(admission.session), startedMs, params.tier);
      spare = undefined;
      if (!free) this.#people.startWaits(this.#shortOf());
      return this.#admitted(record, agent, startedMs);
    } finally {
      this.#reserved -= 1;
      if (spare !== undefined) pool.giveBack(spare);
    }
  }

  /** A session of this node that only Redis knows: its start was recorded, but the answer came too late. */
  adopt(record: SessionRecord): SessionEntry | SessionRecord {
    const known = this.#options.book.get(record.id);
    if (known !== undefined || record.node !== this.#options.node) return known ?? record;
    this.restore(record);
    return this.#options.book.get(record.id) ?? record;
  }

  #admitted(record: SessionRecord, agent: Agent | undefined, startedMs: number): StartAnswer {
    const entry = this.#options.book.add(record, startedMs);
    if (agent !== undefined) {
      this.#options.agents.bind(entry, agent, true);
      this.#people.started(true, this.#options.clock.monoMs() - startedMs);
    } else if (record.status === 'starting') this.#options.agents.ensure(record.id);
    return this.#answer(entry.record, startedMs, false);
  }

  /** The same user again: the same session, with an agent if it lost its own. */
  #again(found: SessionEntry | SessionRecord, startedMs: number, tier?: SessionRecord['tier']): StartAnswer {
    if (!('record' in found)) return this.#answer(found, startedMs, true);
    // Someone who moved to another tier need not end the session for it.
    if (tier !== undefined && tier !== found.record.tier) this.#options.book.update(found.record.id, { tier });
    if (found.record.status === 'error') {
      this.#options.book.update(found.record.id, { status: 'starting', error: null });
      this.#options.agents.ensure(found.record.id);
    } else if (found.agent === undefined && found.record.status === 'ready') this.#options.agents.ensure(found.record.id);
    found.activeMonoMs = this.#options.clock.monoMs();
    return this.#answer(found.record, startedMs, true);
  }

  #answer(record: SessionRecord, startedMs: number, existing: boolean): StartAnswer {
    const { pool, clock } = this.#options;
    const position = this.#options.book.position(record.id);
    // Estimates are for those who wait: who has an agent waits for this answer.
    return startAnswer(record, {
      position,
      shortOf: this.#shortOf(),
      placeWaitMs: position === 0 ? 0 : this.#placeWaitMs(position),
      agentWaitMs: record.status === 'ready' ? 0 : pool.estimateMs(record.template),
      latencyMs: clock.monoMs() - startedMs,
      existing,
    });
  }

  #shortOf(): 'places' | 'memory' {
    return this.#options.book.occupied + this.#reserved >= this.#options.config.pool.capacity ? 'places' : 'memory';
  }

  /** Sessions that stay for hours make the line long, though none of them has ended; those that nobody uses end by themselves (`placeWaitMs`). */
  #placeWaitMs(position: number): number {
    const { book, clock, config } = this.#options;
    const { staleAfter, cleanupEvery } = config.sessions;
    const holders = [...book.entries()].filter(({ record }) => place(record) === 1);
    const nowMs = clock.wallMs();
    const nowMono = clock.monoMs();
    // The broom comes by now and then: on average half a round later.
    const staleInMs = (activeMonoMs: number): number => Math.max(0, activeMonoMs + staleAfter - nowMono) + cleanupEvery / 2;
    return placeWaitMs({
      position,
      capacity: config.pool.capacity,
      meanMs: this.#lifetimes.meanMs(holders.map(({ record }) => Math.max(0, nowMs - record.createdAt))),
      taken: holders.map(({ record, activeMonoMs }) => ({ staleInMs: mayGoStale(record) ? staleInMs(activeMonoMs) : null })),
    });
  }
}
