import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { DeliveryOutcome } from '../../contract/messages.js';
import { formatDuration } from '../../contract/quantities.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Agent } from '../pool/agent.js';
import type { TurnPrompt } from '../pool/turn-prompt.js';
import type { WarmPool } from '../pool/warm-pool.js';
import { failed, type Interrupt, interrupted } from './delivery-ends.js';
import type { LiveTurn } from './live-turn.js';
import type { SessionAgents } from './session-agents.js';
import { type Standing, slownessOf } from './slowness.js';
import type { TurnTime } from './turn-time.js';

export interface PutTurnOptions {
  readonly agents: Pick<SessionAgents, 'setBusy' | 'setWaiting'>;
  readonly pool: Pick<WarmPool, 'release'>;
  readonly clock: Clock;
  readonly config: Pick<Config, 'turns'>;
}

/** One turn on its way to one agent. */
export interface PutTurn {
  readonly prompt: TurnPrompt & { readonly sessionId: string };
  readonly deadlineMs: number;
  readonly live: LiveTurn;
  readonly time: TurnTime;
  /** Aborted with an `Interrupt`. */
  readonly signal: AbortSignal;
}

/** Longest wait for the exit of an agent that is known to be dead. */
const exitSeenMs = 5_000;
/** With all the questions it may have for people. */
const longestTurnMs = 8 * 86_400_000;

/** Puts a turn to an agent and stays with it to its end. Never rejects: an agent that dies over it is an answer, too. */
export async function putTurn(
  options: PutTurnOptions,
  agent: Agent,
  turn: PutTurn,
): Promise<DeliveryOutcome | { readonly kind: 'died'; readonly message: string }> {
  const { agents, clock, pool, config } = options;
  const { prompt, live, time, signal } = turn;
  const { sessionId } = prompt;
  const over = (text: string, standing: Standing): DeliveryOutcome =>
    interrupted(signal, { text, agentMs: time.spentMs, deadlineMs: turn.deadlineMs, standing });
  const graceMs = config.turns.grace;
  agents.setBusy(sessionId, agent, true);
  live.asked();
  const slow = time.after(config.turns.slowAfter, () => live.note('slow', `takes longer than usual: ${slownessOf(live.standing).why}`));
  const answer = agent.prompt(prompt, {
    onOutput: ({ text: said, progress, work }) => live.output({ text: said, progress, work }),
    onNote: (step, note) => live.note(step, note),
    onBegun: () => live.written(),
    onWaiting: (waiting, title) => {
      time.setWaiting(waiting);
      live.waiting(waiting);
      live.note('approval', waiting ? `waits for a person: ${title.slice(0, 200)}` : 'answered');
      agents.setWaiting(sessionId, agent, waiting);
    },
  });
  try {
    // Ended by the signal: the deadline knows when a person is waited for.
    const first = await within(clock, longestTurnMs, answer, signal);
    if (first.kind === 'done') {
      const { stopReason, provider } = first.value;
      if (stopReason === 'cancelled') return { kind: 'cancelled', text: first.value.text };
      return { kind: 'done', text: first.value.text, provider, stopReason, agentMs: time.spentMs };
    }
    // Before the agent is asked to stop: what it does then is not what it was slow with.
    const standing = live.standing;
    agent.cancel();
    const last = await within(clock, graceMs, answer).catch(() => undefined);
    if (last?.kind === 'timeout') {
      live.note('cancel', `${agent.name} did not stop within ${formatDuration(graceMs)} and was ended`);
      const late = signal.reason === ('deadline' satisfies Interrupt);
      const why = `it did not stop its turn within ${formatDuration(graceMs)}${late ? ' after its deadline' : ''}`;
      void pool.release(agent, why, late ? 'deadline' : 'unresponsive');
    }
    return over(last?.kind === 'done' ? last.value.text : live.text, standing);
  } catch (error) {
    if (signal.aborted) return over(live.text, live.standing);
    const failure = error instanceof RoostError ? error : new RoostError('agent-failed', 'The agent failed on this turn.', { cause: error });
    if (failure.code === 'agent-died' || failure.code === 'protocol') {
      // Seen dead before the pool hands anything out again.
      await within(clock, exitSeenMs, agent.exited);
      return { kind: 'died', message: failure.message };
    }
    return failed(failure.code, failure.message, false, time.spentMs);
  } finally {
    slow.cancel();
    time.setWaiting(false);
    if (agent.alive) agents.setBusy(sessionId, agent, false);
  }
}
