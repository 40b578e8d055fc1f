import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import { type Said, toldExchanges, withTranscript } from '../../core/sessions/transcript.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { Agent } from '../pool/agent.js';
import type { LiveTurn } from './live-turn.js';
import type { SessionAgents } from './session-agents.js';
import type { TurnFeed } from './turn-feed.js';

/** Turns looked through for what was said; more than a fresh agent is told. */
const lookedThrough = 20;

export interface AgentHistoryOptions {
  readonly agents: Pick<SessionAgents, 'hasHistory' | 'takeLostWhy'>;
  readonly turns: Pick<TurnStore, 'bySession' | 'patch'>;
  readonly feed: TurnFeed;
  readonly clock: Clock;
  readonly log: Log;
}

/** Gives an agent that is new to its session what was said there before, and tells the person that it is a new one. */
export class AgentHistory {
  readonly #options: AgentHistoryOptions;
  readonly #knowing = new WeakSet<Agent>();

  constructor(options: AgentHistoryOptions) {
    this.#options = options;
  }

  /** The text to put to the agent. Redis being away costs the history, never the turn. */
  async withHistory(agent: Agent, request: { readonly turnId: string; readonly sessionId: string; readonly text: string }, live: LiveTurn): Promise<string> {
    const { agents, turns, feed, clock, log } = this.#options;
    if (this.#knowing.has(agent)) return request.text;
    this.#knowing.add(agent);
    if (!agents.hasHistory(request.sessionId)) return request.text;
    const found = await call(clock, turns.bySession(request.sessionId, lookedThrough)).catch((error: unknown) => {
      log.warn('a fresh agent was not told what was said before', { session: request.sessionId, error });
      return [];
    });
    const said: Said[] = found.flatMap(({ id, status, prompt, text }) => (id !== request.turnId && status === 'done' ? [{ user: prompt, agent: text }] : []));
    const told = withTranscript(said, request.text);
    const count = toldExchanges(told);
    const before = agents.takeLostWhy(request.sessionId) ?? 'Roost was restarted';
    const what = count === 0 ? 'Nothing of it could be told to the new one.' : `It was told the last ${count === 1 ? 'exchange' : `${count} exchanges`}.`;
    if (said.length === 0) return request.text;
    const knows = agent.movedIn === 'resumed' || agent.movedIn === 'loaded';
    if (knows)
      live.note(
        'history',
        `${agent.name} is new to this session (${before}); it ${agent.movedIn === 'resumed' ? 'took up' : 'loaded'} the conversation itself`,
      );
    else live.note('history', `${agent.name} is new to this session (${before}); told ${count} of ${said.length} exchanges`);
    const how = knows ? 'It has the conversation itself.' : what;
    const note = `A fresh agent, ${agent.name}, goes on with this session: ${before.replace(/\.$/, '')}. ${how}`;
    await call(clock, turns.patch(request.turnId, { note })).then(
      (noted) => noted !== undefined && feed.publish(noted),
      (error: unknown) => log.debug('a note was not written', { turn: request.turnId, error }),
    );
    return knows ? request.text : told;
  }
}
