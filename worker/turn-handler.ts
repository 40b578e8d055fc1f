import { UnrecoverableError } from 'bullmq';
import { RoostError, toErrorBody } from '../contract/errors.js';
import type { DeliveryOutcome, FromWorker } from '../contract/messages.js';
import type { TurnView } from '../contract/state.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { ArmStore, CoordinatorConfig } from '../core/coordinator/arm-store.js';
import { turnJobSchema } from '../core/jobs/queues.js';
import { noAgentNote } from '../core/sessions/turn-record.js';
import type { PendingTurn, TurnPatch, TurnStore } from '../core/sessions/turn-store.js';
import type { Deliveries } from './deliveries.js';
import type { FollowUps } from './follow-ups.js';
import type { JobInHand } from './processor.js';
import type { Slot } from './slots.js';
import { HandedBack, stopReasons } from './stop-reason.js';
import { TurnTrace } from './turn-trace.js';

export interface TurnHandlerOptions {
  readonly turns: Pick<TurnStore, 'get' | 'patch' | 'end' | 'drop' | 'head'>;
  readonly arms: Pick<ArmStore, 'choose' | 'observe'>;
  readonly deliveries: Pick<Deliveries, 'deliver'>;
  readonly followUps: Pick<FollowUps, 'coach' | 'next'>;
  readonly send: (message: FromWorker) => void;
  readonly coordinator: CoordinatorConfig;
  readonly turnDeadlineMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

type Failed = Extract<DeliveryOutcome, { kind: 'failed' }>;
type Ended = Exclude<DeliveryOutcome, { kind: 'parked' }>;

const hasEnded = (turn: TurnView): boolean => turn.status === 'done' || turn.status === 'failed' || turn.status === 'cancelled';

/**
 * Serves one turn: picks its arm, has it delivered to the session's agent, ends it and starts what
 * follows. Every step may be repeated by another run of the same job, so each finds what an earlier
 * run left: the recorded decision, the delivery under way, the turn that has ended.
 */
export class TurnHandler {
  readonly #options: TurnHandlerOptions;

  constructor(options: TurnHandlerOptions) {
    this.#options = options;
  }

  /** Resolves when the turn has ended well; throws to have the job tried again, or for good when it cannot be. */
  async handle(job: JobInHand, slot: Slot, signal: AbortSignal): Promise<unknown> {
    const { turns, followUps, log } = this.#options;
    const parsed = turnJobSchema.safeParse(job.data);
    if (!parsed.success) throw new UnrecoverableError('a turn job needs turnId and sessionId');
    const { turnId, sessionId } = parsed.data;

    const turn = await turns.get(turnId);
    slot.moved();
    if (turn === undefined) {
      // Its record is gone; the turns behind it must not wait for it.
      const { next } = await turns.drop(turnId, sessionId);
      if (next !== null) await followUps.next(next);
      throw new UnrecoverableError(`there is no turn ${turnId}`);
    }
    if (hasEnded(turn)) return this.#follow(turn, await turns.head(sessionId), undefined);

    const trace = new TurnTrace(turn, this.#options.clock.wallMs());
    const lastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    let outcome: DeliveryOutcome;
    try {
      outcome = await this.#serve(turn, trace, job.attemptsMade + 1, slot, signal);
    } catch (error) {
      if (error instanceof HandedBack) throw error;
      const body = toErrorBody(error);
      if (!lastTry && !(error instanceof RoostError)) throw error;
      log.error('a turn failed inside Roost', { turnId, error });
      outcome = {
        kind: 'failed',
        code: body.code,
        message: body.message,
        retryable: error instanceof RoostError && body.code === 'redis-unavailable',
        agentMs: 0,
      };
    }
    slot.moved();
    if (outcome.kind === 'parked') return this.#park(turn, trace, outcome.message);
    if (outcome.kind === 'failed' && outcome.retryable && !lastTry) return this.#tryAgain(turn, trace, outcome);
    return this.#end(turn, trace, outcome);
  }

  /** Up to the agent's answer. */
  async #serve(turn: TurnView, trace: TurnTrace, attempt: number, slot: Slot, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { arms, deliveries, clock, coordinator, turnDeadlineMs } = this.#options;
    const startedAt = turn.startedAt ?? clock.wallMs();
    trace.timings.queueMs ??= trace.offset(startedAt);
    if (!trace.has('queue')) trace.add('queue', turn.createdAt, startedAt);

    let { arm, propensity, decisionKind } = turn;
    if (arm === null) {
      const [fromMs, fromMono] = [clock.wallMs(), clock.monoMs()];
      const chosen = await arms.choose(turn.id, { intent: turn.intent, text: turn.prompt }, coordinator);
      ({ arm, propensity, kind: decisionKind } = chosen);
      trace.timings.chooseMs = Math.round((clock.monoMs() - fromMono) * 100) / 100;
      trace.add('choose', fromMs, clock.wallMs(), `${chosen.arm}, ${chosen.kind}, probability ${chosen.propensity.toFixed(3)}`);
      slot.moved();
    }
    trace.add('agent', clock.wallMs(), null);
    const running = await this.#patch(turn.id, {
      status: 'running',
      startedAt,
      attempts: Math.max(turn.attempts, attempt),
      arm,
      propensity,
      decisionKind,
      error: null,
      timings: { ...trace.timings, agentMs: null, totalMs: null },
      trace: trace.spans,
    });
    // Cancelled in the meantime: nothing was given to an agent yet.
    if (running !== undefined && hasEnded(running)) return { kind: 'cancelled', text: running.text };
    if (signal.aborted) return this.#stopped(signal);

    const request = { turnId: turn.id, sessionId: turn.sessionId, arm, text: turn.prompt, deadlineMs: turnDeadlineMs };
    const asked = await deliveries.deliver(request, signal, (patienceMs) => slot.waits(patienceMs));
    slot.moved();
    if (asked.kind === 'done') return asked.value;
    if (asked.kind === 'aborted') return this.#stopped(signal);
    // Nobody can say how far the agent came: doing it all again is not ours to decide.
    return {
      kind: 'failed',
      code: 'timeout',
      message: `No answer within ${Math.round(turnDeadlineMs / 1_000)} s; the agent may have done part of the work.`,
      retryable: false,
      agentMs: turnDeadlineMs,
    };
  }

  #stopped(signal: AbortSignal): DeliveryOutcome {
    if (signal.reason !== stopReasons.cancelled) throw new HandedBack();
    return { kind: 'cancelled', text: '' };
  }

  async #tryAgain(turn: TurnView, trace: TurnTrace, outcome: Failed): Promise<never> {
    trace.close('agent', this.#options.clock.wallMs(), outcome.code);
    await this.#patch(turn.id, {
      status: 'queued',
      progress: 'Waiting to try again',
      error: { code: outcome.code, message: outcome.message },
      trace: trace.spans,
    });
    throw new Error(`${outcome.code}: ${outcome.message}`);
  }

  /** The job is over and the turn is not: it costs no slot and no attempt while it waits for an agent. */
  async #park(turn: TurnView, trace: TurnTrace, message: string): Promise<void> {
    trace.close('agent', this.#options.clock.wallMs(), noAgentNote);
    await this.#patch(turn.id, { status: 'queued', progress: `Waiting for an agent: ${message}`, trace: trace.spans });
  }

  async #end(turn: TurnView, trace: TurnTrace, outcome: Ended): Promise<unknown> {
    const { turns, clock, log } = this.#options;
    const endedAt = clock.wallMs();
    const agentMs = outcome.kind === 'cancelled' ? null : outcome.agentMs;
    trace.close('agent', endedAt, outcome.kind === 'failed' ? outcome.code : undefined);
    const humanMs = outcome.humanMs ?? 0;
    const timings = { ...trace.timings, agentMs, totalMs: trace.offset(endedAt), ...(humanMs > 0 ? { humanMs } : {}) };
    const common = { progress: null, endedAt, timings, trace: trace.spans };
    const ended = await turns.end(turn.id, { ...common, ...resultOf(outcome) }, turn.sessionId);
    if (ended.turn === undefined) {
      log.warn('the record of a turn vanished before it ended', { turnId: turn.id });
      if (ended.next !== null) await this.#options.followUps.next(ended.next);
      return undefined;
    }
    this.#options.send({ type: 'turn', turn: ended.turn });
    await this.#follow(ended.turn, ended.next, agentMs ?? undefined);
    if (ended.turn.status === 'failed')
      throw new UnrecoverableError(ended.turn.error === null ? 'failed' : `${ended.turn.error.code}: ${ended.turn.error.message}`);
    return undefined;
  }

  /** What an ended turn sets off; all of it may be repeated. A cancelled turn says nothing about its arm. */
  async #follow(turn: TurnView, next: PendingTurn | null, agentMs: number | undefined): Promise<void> {
    const { arms, followUps, coordinator } = this.#options;
    const { id, sessionId } = turn;
    const latencyMs = agentMs ?? turn.timings.agentMs ?? 0;
    await Promise.all([
      turn.arm === null || turn.status === 'cancelled' ? undefined : arms.observe(id, { failed: turn.status === 'failed', latencyMs }, coordinator),
      turn.suggestion === null ? followUps.coach({ turnId: id, sessionId }) : undefined,
      next === null ? undefined : followUps.next(next),
    ]);
  }

  async #patch(id: string, patch: TurnPatch): Promise<TurnView | undefined> {
    const turn = await this.#options.turns.patch(id, patch);
    if (turn !== undefined) this.#options.send({ type: 'turn', turn });
    return turn;
  }
}

function resultOf(outcome: Ended): TurnPatch & { status: 'done' | 'failed' | 'cancelled' } {
  switch (outcome.kind) {
    case 'done':
      return { status: 'done', text: outcome.text, provider: outcome.provider, error: null };
    case 'cancelled':
      // Without a last word the text that was streamed stays.
      return { status: 'cancelled', error: null, ...(outcome.text === '' ? {} : { text: outcome.text }) };
    case 'failed':
      return { status: 'failed', error: { code: outcome.code, message: outcome.message } };
  }
}
