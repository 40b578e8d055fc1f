import type { Config } from '../../contract/config.js';
import { formatDuration } from '../../contract/quantities.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { SessionStore } from '../../core/sessions/session-store.js';
import { noAgentNote } from '../../core/sessions/turn-record.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { Sessions } from './sessions.js';
import type { TurnEnds, TurnQueue } from './turn-ends.js';
import { hasEnded } from './turn-feed.js';

export interface TurnSweepOptions {
  readonly sessions: Pick<Sessions, 'has' | 'holdsPlace' | 'revive' | 'statusOf'>;
  readonly config: Pick<Config, 'turns'>;
  readonly sessionStore: Pick<SessionStore, 'get'>;
  readonly store: TurnStore;
  readonly queue: TurnQueue;
  readonly ends: TurnEnds;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: string;
}

/** A job that is gone this often without its turn having ended will not end it the next time either. */
const maxRounds = 5;

/** How often a turn was found without a job, and how often it had been put back for want of an agent by then. */
interface Found {
  readonly rounds: number;
  readonly parks: number;
}

/** Finds turns whose job was lost, whatever lost it, and turns that nobody will ever run. */
export class TurnSweep {
  readonly #options: TurnSweepOptions;
  #rounds = new Map<string, Found>();

  constructor(options: TurnSweepOptions) {
    this.#options = options;
  }

  /** One round over all sessions with turns in line. */
  async run(stop: AbortSignal): Promise<void> {
    const { store, clock, sessions, ends } = this.#options;
    await ends.cancelUnwanted();
    const found = new Map<string, Found>();
    for (const sessionId of await call(clock, store.sessionsWithPending())) {
      if (stop.aborted) return;
      if (sessions.holdsPlace(sessionId)) await this.#sweepSession(sessionId, found);
      else if (!sessions.has(sessionId)) await this.#sweepForeign(sessionId);
      else await this.#sweepStuck(sessionId);
    }
    this.#rounds = found;
  }

  async #sweepSession(sessionId: string, found: Map<string, Found>): Promise<void> {
    const { store, queue, clock, log, ends } = this.#options;
    const head = await call(clock, store.head(sessionId));
    if (head === null) return;
    const { turnId, priority } = head;
    const before = this.#rounds.get(turnId);
    if (before !== undefined) found.set(turnId, before);
    if (await call(clock, queue.hasLiveTurn(turnId))) return;
    const turn = await call(clock, store.get(turnId));
    // A job that ran and gave the turn back, because there was no agent, has not vanished.
    const parks = turn?.trace.filter(({ note }) => note === noAgentNote).length ?? 0;
    const rounds = before === undefined || parks > before.parks ? 0 : before.rounds;
    if (turn === undefined) {
      log.warn('a turn without a readable record was taken out of its line', { turn: turnId, session: sessionId });
      await ends.start((await call(clock, store.drop(turnId, sessionId))).next);
    } else if (hasEnded(turn)) {
      await ends.start((await call(clock, store.end(turnId, { status: 'failed' }))).next);
    } else if (rounds >= maxRounds) {
      await ends.end(turn, {
        status: 'failed',
        error: { code: 'internal', message: `The job of this turn vanished ${maxRounds} times; it was given up.` },
        endedAt: clock.wallMs(),
      });
    } else {
      found.set(turnId, { rounds: rounds + 1, parks });
      await call(clock, queue.addTurn({ turnId, sessionId }, priority));
      log.info('a turn without a job got one', { turn: turnId, session: sessionId });
    }
  }

  /** Turns that wait for an agent that does not start: it is tried again, and none waits longer than a turn may take. */
  async #sweepStuck(sessionId: string): Promise<void> {
    const { sessions, store, clock, ends, config } = this.#options;
    sessions.revive(sessionId);
    if (sessions.statusOf(sessionId)?.status !== 'error') return;
    const head = await call(clock, store.head(sessionId));
    const turn = head === null ? undefined : await call(clock, store.get(head.turnId));
    if (turn === undefined || hasEnded(turn) || clock.wallMs() - turn.createdAt < config.turns.deadline) return;
    const why = sessions.statusOf(sessionId)?.error ?? 'no agent could be had';
    await ends.end(turn, {
      status: 'failed',
      error: { code: 'spawn-failed', message: `No agent could be had for it in ${formatDuration(config.turns.deadline)}, so nothing of it has run: ${why}` },
      progress: null,
      endedAt: clock.wallMs(),
    });
  }

  /** Turns left behind by a session that has ended; those of other nodes are none of ours. */
  async #sweepForeign(sessionId: string): Promise<void> {
    const { sessionStore, clock, node, ends } = this.#options;
    const session = await call(clock, sessionStore.get(sessionId));
    if (session === undefined || (session.node === node && session.status === 'ended')) await ends.cancelAll(sessionId);
  }
}
