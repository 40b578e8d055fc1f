import type { DeliveryOutcome, FromWorker } from '../contract/messages.js';
import type { Clock } from '../core/base/clock.js';
import { type WaitResult, within } from '../core/base/deadline.js';
import { stopReasons } from './stop-reason.js';

export type DeliveryRequest = Omit<Extract<FromWorker, { type: 'deliver' }>, 'type' | 'requestId'>;

/** The supervisor keeps the deadline of a turn itself; this much later its silence counts as the answer. */
const graceMs = 10_000;
/** After a cancel the agent is told to stop at the same time; what it had said so far is worth this wait. */
const lastWordMs = 1_000;

/** Asks the supervisor to put turns to agents, and waits for what came of them. */
export class Deliveries {
  readonly #clock: Clock;
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<string, (outcome: DeliveryOutcome) => void>();
  #lastId = 0;

  constructor(options: { readonly clock: Clock; readonly send: (message: FromWorker) => void }) {
    this.#clock = options.clock;
    this.#send = options.send;
  }

  /** Longest time `deliver` can take. */
  patienceMs(deadlineMs: number): number {
    return deadlineMs + graceMs;
  }

  /** Says which of outcome, deadline and abort came first. After a cancel the outcome still gets a moment to arrive. */
  async deliver(request: DeliveryRequest, signal: AbortSignal): Promise<WaitResult<DeliveryOutcome>> {
    const requestId = String(++this.#lastId);
    const answer = new Promise<DeliveryOutcome>((resolve) => this.#waiting.set(requestId, resolve));
    try {
      this.#send({ type: 'deliver', requestId, ...request });
      const first = await within(this.#clock, this.patienceMs(request.deadlineMs), answer, signal);
      if (first.kind !== 'aborted' || signal.reason !== stopReasons.cancelled) return first;
      const last = await within(this.#clock, lastWordMs, answer);
      return last.kind === 'done' ? last : first;
    } finally {
      this.#waiting.delete(requestId);
    }
  }

  /** An answer nobody waits for any more is dropped. */
  delivered(requestId: string, outcome: DeliveryOutcome): void {
    this.#waiting.get(requestId)?.(outcome);
  }
}
