import type { DeliveryOutcome, FromWorker } from '../contract/messages.js';
import { afterAwake } from '../core/base/awake.js';
import type { Clock } from '../core/base/clock.js';
import { type WaitResult, within } from '../core/base/deadline.js';
import { stopReasons } from './stop-reason.js';

export type DeliveryRequest = Omit<Extract<FromWorker, { type: 'deliver' }>, 'type' | 'requestId'>;

/** The supervisor keeps the deadline of a turn itself; this much later its silence counts as the answer. */
const graceMs = 10_000;
/** After a cancel the agent is told to stop at the same time; what it had said so far is worth this wait. */
const lastWordMs = 1_000;

/** A question to a person has an end of its own, at most a day away. */
const longestQuestionMs = 25 * 3_600_000;

/** Of all questions of one turn together. */
const longestWaitMs = 7 * 86_400_000;

interface Waiting {
  readonly answered: (outcome: DeliveryOutcome) => void;
  readonly person: (waiting: boolean) => void;
}

/** Asks the supervisor to put turns to agents, and waits for what came of them. */
export class Deliveries {
  readonly #clock: Clock;
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;

  constructor(options: { readonly clock: Clock; readonly send: (message: FromWorker) => void }) {
    this.#clock = options.clock;
    this.#send = options.send;
  }

  /** Longest time `deliver` can take. */
  patienceMs(deadlineMs: number): number {
    return deadlineMs + graceMs;
  }

  /**
   * Says which of outcome, deadline and abort came first. After a cancel the outcome still gets a moment to arrive.
   * While the agent waits for a person nobody is late; `waits` is told each time how long the answer may take now.
   */
  async deliver(request: DeliveryRequest, signal: AbortSignal, waits: (patienceMs: number) => void): Promise<WaitResult<DeliveryOutcome>> {
    const requestId = String(++this.#lastId);
    const late = new AbortController();
    const patienceMs = this.patienceMs(request.deadlineMs);
    let timer = afterAwake(this.#clock, patienceMs, () => late.abort());
    const person = (waiting: boolean): void => {
      const nowMs = waiting ? longestQuestionMs : patienceMs;
      timer.cancel();
      timer = afterAwake(this.#clock, nowMs, () => late.abort());
      waits(nowMs);
    };
    const answer = new Promise<DeliveryOutcome>((answered) => this.#waiting.set(requestId, { answered, person }));
    waits(patienceMs);
    try {
      this.#send({ type: 'deliver', requestId, ...request });
      const first = await this.#first(answer, signal, late.signal);
      if (first.kind !== 'aborted' || signal.reason !== stopReasons.cancelled) return first;
      const last = await within(this.#clock, lastWordMs, answer);
      return last.kind === 'done' ? last : first;
    } finally {
      timer.cancel();
      this.#waiting.delete(requestId);
    }
  }

  /** An answer nobody waits for any more is dropped. */
  delivered(requestId: string, outcome: DeliveryOutcome): void {
    this.#waiting.get(requestId)?.answered(outcome);
  }

  waitsForPerson(requestId: string, waiting: boolean): void {
    this.#waiting.get(requestId)?.person(waiting);
  }

  async #first(answer: Promise<DeliveryOutcome>, signal: AbortSignal, late: AbortSignal): Promise<WaitResult<DeliveryOutcome>> {
    const first = await within(this.#clock, longestWaitMs, answer, AbortSignal.any([signal, late]));
    return first.kind === 'aborted' && !signal.aborted ? { kind: 'timeout' } : first;
  }
}
