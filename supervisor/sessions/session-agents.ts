import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import type { Agent } from '../pool/agent.js';
import type { WarmPool } from '../pool/warm-pool.js';
import { type PeopleSigns, unheard } from './people-signs.js';
import type { SessionBook, SessionEntry } from './session-book.js';

export type AgentSource = Pick<WarmPool, 'acquire' | 'spawnFor' | 'assign' | 'giveBack' | 'release' | 'onEvent' | 'worn' | 'moveIn'>;

/** Longer than any wait of the pool for an agent. */
const bindDeadlineMs = 3_600_000;
/** Longest wait for the end of the agent before. */
const leavingMs = 8_000;
const shortServiceMs = 5_000;
const maxShortLives = 3;

const inTurn = ({ record }: SessionEntry): boolean => record.status === 'busy' || record.status === 'waiting-human';

/** Which agent serves which session: binds, binds anew after a death, lets go at the end. */
export class SessionAgents {
  readonly #pool: AgentSource;
  readonly #book: SessionBook;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #people: PeopleSigns;
  readonly #binding = new Map<string, Promise<Agent>>();

  constructor(options: { readonly pool: AgentSource; readonly book: SessionBook; readonly clock: Clock; readonly log: Log; readonly people?: PeopleSigns }) {
    this.#people = options.people ?? unheard;
    this.#pool = options.pool;
    this.#book = options.book;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * The live agent of a session, a fresh one when it has none. Rejects with `conflict` (ended),
   * `capacity` (in line for a place), or what the pool says about an agent that cannot be had.
   */
  async agentFor(sessionId: string, signal?: AbortSignal): Promise<Agent> {
    const entry = this.#book.get(sessionId);
    if (entry === undefined) throw new RoostError('conflict', `Session ${sessionId} has ended.`);
    if (entry.record.status === 'waiting')
      throw new RoostError('capacity', `Session ${sessionId} is number ${this.#book.position(sessionId)} in line for a place.`);
    if (entry.agent?.alive) return entry.agent;
    let binding = this.#binding.get(sessionId);
    if (binding === undefined) {
      binding = this.#bindNew(entry).finally(() => this.#binding.delete(sessionId));
      this.#binding.set(sessionId, binding);
      binding.catch(() => undefined);
    }
    const outcome = await within(this.#clock, bindDeadlineMs, binding, signal);
    if (outcome.kind === 'done') return outcome.value;
    throw new RoostError('cancelled', 'The wait for an agent was called off.');
  }

  /** Binds in the background; the outcome is the session's status. */
  ensure(sessionId: string): void {
    this.agentFor(sessionId).catch((error: unknown) => {
      const code = error instanceof RoostError ? error.code : 'internal';
      if (code === 'conflict' || code === 'cancelled' || code === 'shutting-down' || code === 'capacity') return;
      this.#log.warn('a session got no agent', { session: sessionId, error });
      this.#book.update(sessionId, { status: 'error', error: error instanceof Error ? error.message : String(error) });
    });
  }

  /** The agent of a start that found one warm. */
  bind(entry: SessionEntry, agent: Agent, prewarmed: boolean): void {
    const { id } = entry.record;
    entry.agent = agent;
    this.#pool.assign(agent, id);
    if (entry.record.startupMs === null) this.#people.started(prewarmed, this.#clock.monoMs() - entry.sinceMonoMs);
    const startupMs = entry.record.startupMs ?? Math.round(this.#clock.monoMs() - entry.sinceMonoMs);
    this.#book.update(id, {
      status: 'ready',
      agentId: agent.name,
      agentPid: agent.pid,
      startupMs,
      prewarmed: entry.record.prewarmed ?? prewarmed,
      // A folder that an agent could not take over waits for the next one.
      folder: entry.record.folder ?? agent.folder,
      conversation: agent.conversation,
      error: null,
    });
    const boundMs = this.#clock.monoMs();
    void agent.exited.then(() => this.#lost(id, agent, this.#clock.monoMs() - boundMs));
  }

  setBusy(sessionId: string, agent: Agent, busy: boolean): void {
    const entry = this.#book.get(sessionId);
    if (entry?.agent !== agent) return;
    entry.activeMonoMs = this.#clock.monoMs();
    this.#pool.assign(agent, sessionId, busy);
    this.#book.update(sessionId, { status: busy ? 'busy' : 'ready' });
    if (!busy) this.renewWorn(sessionId);
  }

  /** Between two turns a worn agent gives its place to a fresh one, which is told what was said; true when it did. */
  renewWorn(sessionId: string): boolean {
    const entry = this.#book.get(sessionId);
    if (entry?.agent === undefined || entry.record.status !== 'ready') return false;
    const { agent } = entry;
    const why = this.#pool.worn(agent);
    if (why === null) return false;
    entry.agent = undefined;
    entry.lostWhy = `${agent.name} was replaced: ${why}`;
    this.#book.update(sessionId, { status: 'starting', agentId: null, agentPid: null });
    const left = this.#pool.release(agent, why, 'recycled');
    entry.leaving = left;
    void left.catch((error: unknown) => this.#log.warn('a worn agent did not end', { error }));
    this.ensure(sessionId);
    return true;
  }

  /** Whether more than one turn was asked in this session: only then there is something to tell a fresh agent. */
  hasHistory(sessionId: string): boolean {
    return (this.#book.get(sessionId)?.record.turns ?? 0) > 1;
  }

  /** Why another agent served this session before, once. */
  takeLostWhy(sessionId: string): string | undefined {
    const entry = this.#book.get(sessionId);
    const why = entry?.lostWhy;
    if (entry !== undefined) entry.lostWhy = undefined;
    return why;
  }

  /** Its agent cannot be started: its turns need no worker until that is over. */
  suspend(sessionId: string, failure: RoostError): void {
    const entry = this.#book.get(sessionId);
    if (entry === undefined || entry.agent !== undefined || entry.record.status === 'waiting') return;
    this.#book.update(sessionId, { status: 'error', error: failure.message, agentId: null, agentPid: null });
  }

  /** Tries again for a session without an agent that has something to ask. */
  revive(sessionId: string): void {
    if (this.#book.get(sessionId)?.record.status !== 'error') return;
    this.#book.update(sessionId, { status: 'starting', error: null });
    this.ensure(sessionId);
  }

  /** Its agent asked a person, or has its answer. */
  setWaiting(sessionId: string, agent: Agent, waiting: boolean): void {
    const entry = this.#book.get(sessionId);
    if (entry?.agent !== agent) return;
    entry.activeMonoMs = this.#clock.monoMs();
    if (entry.record.status === (waiting ? 'busy' : 'waiting-human')) this.#book.update(sessionId, { status: waiting ? 'waiting-human' : 'busy' });
  }

  /** Nobody delivers to this session any more: a session whose agent died in the last turn gets a new one now. */
  idle(sessionId: string): void {
    const entry = this.#book.get(sessionId);
    if (entry === undefined || entry.agent?.alive === true || !inTurn(entry)) return;
    // Also one whose end was decided but not seen yet.
    entry.agent = undefined;
    this.#book.update(sessionId, { status: 'starting', agentId: null, agentPid: null });
    this.ensure(sessionId);
  }

  async release(entry: SessionEntry, why: string): Promise<void> {
    const { agent } = entry;
    entry.agent = undefined;
    if (agent !== undefined) await this.#pool.release(agent, why);
  }

  async #bindNew(entry: SessionEntry): Promise<Agent> {
    const { id, template } = entry.record;
    const { agent, warm } = await this.#nextAgent(entry, template);
    if (this.#book.get(id) !== entry) {
      // One that was in the session's folder is of no use to anybody else.
      if (agent.movedIn === null) this.#pool.giveBack(agent);
      else void this.#pool.release(agent).catch(() => undefined);
      throw new RoostError('conflict', `Session ${id} has ended.`);
    }
    this.bind(entry, agent, warm);
    return agent;
  }

  /** One that stands where the agent before it was. What kills it over the old conversation must not kill the next one, too. */
  async #nextAgent(entry: SessionEntry, template: string): Promise<{ readonly agent: Agent; readonly warm: boolean }> {
    for (;;) {
      const found = this.#pool.acquire(template);
      if (found === undefined && !inTurn(entry)) this.#book.update(entry.record.id, { status: 'starting', agentId: null, agentPid: null });
      const agent = found ?? (await this.#pool.spawnFor(template));
      const { conversation } = entry.record;
      try {
        await this.#moveIn(entry, agent);
        return { agent, warm: found !== undefined };
      } catch (error) {
        if (conversation === null) throw error;
        this.#log.warn('an agent did not survive the conversation of the one before it; the next one begins a new one', { agent: agent.name, error });
        this.#book.update(entry.record.id, { conversation: null });
      }
    }
  }

  /** In the folder of the agent before it and, as far as both can, in its conversation. */
  async #moveIn(entry: SessionEntry, agent: Agent): Promise<void> {
    const { folder, conversation } = entry.record;
    if (folder === null && conversation === null) return;
    if (entry.leaving !== undefined) await within(this.#clock, leavingMs, entry.leaving).catch(() => undefined);
    entry.leaving = undefined;
    await this.#pool.moveIn(agent, { folder: folder ?? agent.name, conversation });
  }

  #lost(sessionId: string, agent: Agent, servedMs: number): void {
    const entry = this.#book.get(sessionId);
    if (entry === undefined || entry.agent !== agent) return;
    entry.agent = undefined;
    entry.lostWhy = `${agent.name} ended: ${agent.exit?.message ?? 'nobody saw why'}`;
    // With a turn in hand its delivery asks for the next agent itself.
    if (inTurn(entry)) {
      this.#book.update(sessionId, { agentId: null, agentPid: null });
      return;
    }
    // Agents that die as soon as they are bound would be replaced without end: after a few the next turn asks for one.
    entry.shortLives = servedMs < shortServiceMs ? entry.shortLives + 1 : 0;
    const loops = entry.shortLives > maxShortLives;
    this.#book.update(sessionId, { status: loops ? 'ready' : 'starting', agentId: null, agentPid: null });
    if (!loops) this.ensure(sessionId);
  }
}
