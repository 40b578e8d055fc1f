import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { DeliveryOutcome, FromWorker } from '../../contract/messages.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { TurnStore } from '../../core/sessions/turn-store.js';
import type { Agent } from '../pool/agent.js';
import type { WarmPool } from '../pool/warm-pool.js';
import { AgentHistory } from './agent-history.js';
import { failed, type Interrupt, interrupted } from './delivery-ends.js';
import { LiveTurn } from './live-turn.js';
import { putTurn } from './put-turn.js';
import type { SessionAgents } from './session-agents.js';
import { effects, type Standing } from './slowness.js';
import { hasEnded, type TurnFeed } from './turn-feed.js';
import { TurnTime } from './turn-time.js';

export type DeliverRequest = Omit<Extract<FromWorker, { type: 'deliver' }>, 'type'>;

export interface DeliveriesOptions {
  readonly agents: Pick<SessionAgents, 'agentFor' | 'setBusy' | 'setWaiting' | 'idle' | 'hasHistory' | 'takeLostWhy' | 'suspend'>;
  readonly pool: Pick<WarmPool, 'release'>;
  readonly turns: Pick<TurnStore, 'get' | 'patch' | 'setAgentTrace' | 'bySession'>;
  readonly feed: TurnFeed;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<Config, 'turns'>;
}

/** One turn is put to at most this many agents; a turn that kills each of them is the turn's fault. */
const maxAgents = 3;
/** What no agent can be had for: it passes, and nothing has run yet. */
const passing: ReadonlySet<string> = new Set(['circuit-open', 'spawn-failed', 'capacity', 'timeout']);
/** Steps that are noted here and not by the worker. */
const ownSteps: ReadonlySet<string> = new Set(['agent-died', 'history', 'slow', 'cancel', 'permission', 'approval', 'command', 'file', 'output']);
const nothing: Standing = { askedForMs: null, silentForMs: 0, textChars: 0, work: null, runningForMs: () => 0 };
const keptOutcomeMs = 15 * 60_000;
const keptOutcomes = 5_000;

interface Flight {
  readonly turnId: string;
  readonly sessionId: string;
  readonly abort: AbortController;
  readonly time: TurnTime;
  readonly outcome: Promise<DeliveryOutcome>;
}

/**
 * Puts turns to the agents of their sessions. A turn is delivered once: the same turn again joins the
 * delivery under way or gets the outcome of the one that finished, so a worker that crashed and came
 * back causes no second effect.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #flights = new Map<string, Flight>();
  readonly #finished = new Map<string, { readonly atMs: number; readonly outcome: DeliveryOutcome }>();
  /** The last delivery of each session: an agent has one turn at a time, whoever asks. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #history: AgentHistory;
  #stopped = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#history = new AgentHistory(options);
  }

  get active(): number {
    return this.#flights.size;
  }

  /** Never rejects. `onWaiting` hears when the agent waits for a person, and when it goes on. */
  deliver(request: DeliverRequest, { onWaiting }: { readonly onWaiting?: (waiting: boolean) => void } = {}): Promise<DeliveryOutcome> {
    const outcome = this.#outcome(request);
    if (onWaiting !== undefined) this.#flights.get(request.turnId)?.time.onWaiting(onWaiting);
    return outcome;
  }

  /** False when no delivery of this turn is under way. */
  cancel(turnId: string): boolean {
    const flight = this.#flights.get(turnId);
    flight?.abort.abort('cancelled' satisfies Interrupt);
    return flight !== undefined;
  }

  /** Ends all deliveries without an outcome of their own: their jobs run again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const flight of this.#flights.values()) flight.abort.abort('stopped' satisfies Interrupt);
    await Promise.all([...this.#flights.values()].map(({ outcome }) => outcome));
  }

  #outcome(request: DeliverRequest): Promise<DeliveryOutcome> {
    this.#forgetOld();
    const finished = this.#finished.get(request.turnId);
    if (finished !== undefined) return Promise.resolve(finished.outcome);
    const flight = this.#flights.get(request.turnId);
    if (flight !== undefined) return flight.outcome;
    if (this.#stopped) return Promise.resolve(failed('shutting-down', 'Roost is shutting down.', true, 0));
    return this.#launch(request);
  }

  #launch(request: DeliverRequest): Promise<DeliveryOutcome> {
    const { clock, log } = this.#options;
    const { turnId, sessionId } = request;
    const abort = new AbortController();
    const before = this.#tails.get(sessionId) ?? Promise.resolve();
    const time = new TurnTime(clock);
    const deadline = time.after(request.deadlineMs, () => abort.abort('deadline' satisfies Interrupt));
    const outcome = this.#run(request, before, abort.signal, time)
      .catch((error: unknown): DeliveryOutcome => {
        log.error('a delivery failed inside Roost', { turn: turnId, error });
        return failed('internal', 'The delivery failed inside Roost.', true, 0);
      })
      .then((ended) => {
        deadline.cancel();
        const result = ended.kind === 'parked' || time.humanMs === 0 ? ended : { ...ended, humanMs: time.humanMs };
        this.#flights.delete(turnId);
        // What may be tried again must not find this answer.
        const again = result.kind === 'parked' || (result.kind === 'failed' && result.retryable);
        if (!again) this.#finished.set(turnId, { atMs: clock.monoMs(), outcome: result });
        return result;
      });
    this.#flights.set(turnId, { turnId, sessionId, abort, time, outcome });
    const tail = outcome.then(() => {
      if (this.#tails.get(sessionId) === tail) this.#tails.delete(sessionId);
    });
    this.#tails.set(sessionId, tail);
    return outcome;
  }

  async #run(request: DeliverRequest, before: Promise<unknown>, signal: AbortSignal, time: TurnTime): Promise<DeliveryOutcome> {
    const { turns, clock, feed, agents } = this.#options;
    await within(clock, request.deadlineMs, before, signal);
    if (signal.aborted) return interrupted(signal, { text: '', agentMs: time.spentMs, deadlineMs: request.deadlineMs, standing: nothing });
    const turn = await call(clock, turns.get(request.turnId)).catch(() => undefined);
    // Redis may be away for a moment; the worker has read the turn before it asked.
    if (turn !== undefined && hasEnded(turn)) return { kind: 'cancelled', text: turn.text };
    // Left by a run of Roost that ended in the middle of this turn: a delivery of this one would have been joined.
    const ran = effects(turn?.work ?? null);
    if (ran.length > 0) {
      const message = `Roost ended in the middle of this turn. May have run already: ${ran.join(', ')}. It was not put to another agent, which would run it again.`;
      return failed('shutting-down', message, false, time.spentMs);
    }
    if (turn !== undefined) feed.publish(turn);
    const earlier = turn?.trace.filter(({ step }) => ownSteps.has(step)) ?? [];
    const live = new LiveTurn({ ...this.#options, turnId: request.turnId, createdAtMs: turn?.createdAt ?? clock.wallMs(), earlier });
    try {
      return await this.#tryAgents(request, live, signal, time);
    } finally {
      await live.finish();
      agents.idle(request.sessionId);
    }
  }

  async #tryAgents(request: DeliverRequest, live: LiveTurn, signal: AbortSignal, time: TurnTime): Promise<DeliveryOutcome> {
    const { agents } = this.#options;
    let lastError = '';
    for (let attempt = 1; attempt <= maxAgents; attempt++) {
      const agent = await this.#agent(request.sessionId, signal);
      if (signal.aborted) return interrupted(signal, { text: live.text, agentMs: time.spentMs, deadlineMs: request.deadlineMs, standing: live.standing });
      if (agent instanceof RoostError) {
        if (agent.code === 'conflict') return { kind: 'cancelled', text: live.text };
        if (passing.has(agent.code)) {
          agents.suspend(request.sessionId, agent);
          return { kind: 'parked', message: agent.message };
        }
        return failed(agent.code, agent.message, agent.code !== 'bad-request', time.spentMs);
      }
      live.restart();
      const text = await this.#history.withHistory(agent, request, live);
      const { turnId, sessionId, arm, deadlineMs } = request;
      const result = await putTurn(this.#options, agent, { prompt: { turnId, sessionId, arm, text }, deadlineMs, live, time, signal });
      if (result.kind !== 'died') return result;
      lastError = result.message;
      const ran = effects(live.work);
      if (ran.length > 0) {
        live.note('agent-died', `${agent.name}: ${lastError}; not put to another agent`);
        const message = `${agent.name} died on this turn: ${lastError} May have run already: ${ran.join(', ')}. It was not put to another agent, which would run it again.`;
        return failed('agent-died', message, false, time.spentMs);
      }
      live.note('agent-died', `${agent.name}: ${lastError}${attempt < maxAgents ? '; the turn is put to another agent' : ''}`);
    }
    return failed('agent-died', `${maxAgents} agents died on this turn; the last one: ${lastError}`, false, time.spentMs);
  }

  async #agent(sessionId: string, signal: AbortSignal): Promise<Agent | RoostError> {
    try {
      return await this.#options.agents.agentFor(sessionId, signal);
    } catch (error) {
      return error instanceof RoostError ? error : new RoostError('agent-failed', 'No agent could be had.', { cause: error });
    }
  }

  #forgetOld(): void {
    const now = this.#options.clock.monoMs();
    for (const [turnId, { atMs }] of this.#finished) {
      if (now - atMs < keptOutcomeMs && this.#finished.size <= keptOutcomes) return;
      this.#finished.delete(turnId);
    }
  }
}
