import type { RunOutcome, RunRequest } from '../../contract/handler-messages.js';
import { type DeliveryOutcome, type FromWorker, fromWorkerSchema, type ToWorker, type WorkerStart } from '../../contract/messages.js';
import type { TurnView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import type { HandlerPool } from '../handler-pool/handler-pool.js';
import type { Run } from '../handler-pool/pending-run.js';
import type { Incarnation } from '../process/types.js';
import { BeatWatch, type BeatWatchOptions } from './beat-watch.js';

export type DeliveryRequest = Extract<FromWorker, { type: 'deliver' }>;

/** Whom a worker talks to through the supervisor. */
export interface WorkerCalls {
  /** `onWaiting` hears when a person has to act before the outcome, and when they have. */
  deliver(request: DeliveryRequest, onWaiting: (waiting: boolean) => void): Promise<DeliveryOutcome>;
  onTurn(turn: TurnView): void;
  readonly handlers: Pick<HandlerPool, 'run' | 'endOf'>;
}

export interface WorkerLifeOptions {
  readonly incarnation: Incarnation;
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: WorkerCalls;
  readonly limits: BeatWatchOptions;
}

/** One life of a worker child: what it says is answered as long as it lives, also while its successor has taken over. */
export class WorkerLife {
  readonly incarnation: Incarnation;
  readonly watch: BeatWatch;
  readonly #options: WorkerLifeOptions;
  readonly #runs = new Map<string, Run>();
  readonly #startedMono: number;
  #ready: () => void = () => undefined;
  #drained: (() => void) | undefined;
  #diagnosed: ((lines: readonly string[]) => void) | undefined;

  constructor(options: WorkerLifeOptions) {
    this.#options = options;
    this.incarnation = options.incarnation;
    this.watch = new BeatWatch(options.limits);
    this.#startedMono = options.clock.monoMs();
    this.watch.reset(this.#startedMono);
  }

  get ageMs(): number {
    return this.#options.clock.monoMs() - this.#startedMono;
  }

  /** Hands it its settings; resolves when all its queues are being consumed. */
  begin(start: WorkerStart): Promise<void> {
    const { wire } = this.incarnation;
    if (wire === null) return Promise.reject(new Error('a worker needs its channel'));
    return new Promise((resolve) => {
      this.#ready = resolve;
      wire.onMessage((raw) => {
        const parsed = fromWorkerSchema.safeParse(raw);
        if (parsed.success) this.#take(parsed.data);
        else this.#options.log.warn('a worker sent a message that is not in the contract', { issue: parsed.error.issues[0]?.message });
      });
      wire.send(start);
    });
  }

  tell(message: ToWorker): void {
    this.incarnation.wire?.send(message);
  }

  diagnose(): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#diagnosed = resolve;
      if (this.incarnation.wire === null) return reject(new Error('it has no channel'));
      this.tell({ type: 'diagnose' });
    });
  }

  /** Asks it to finish what it holds; resolves when it has, or at the deadline. */
  async drain(deadlineMs: number): Promise<'done' | 'timeout'> {
    const { wire, exited } = this.incarnation;
    if (wire === null) return 'done';
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    // From here on its exit is wanted, whatever code it ends with.
    this.tell({ type: 'drain', deadlineMs });
    const outcome = await within(this.#options.clock, deadlineMs + 2_000, Promise.race([drained, exited]));
    return outcome.kind === 'done' ? 'done' : 'timeout';
  }

  #take(message: FromWorker): void {
    const { number } = this.incarnation;
    const { clock, calls } = this.#options;
    switch (message.type) {
      case 'ready':
        if (message.incarnation === number) this.#ready();
        return;
      case 'beat':
        // A late message of an earlier life must not make the present one look alive.
        if (message.incarnation === number) this.watch.take(message, clock.monoMs());
        return;
      case 'turn':
        calls.onTurn(message.turn);
        return;
      case 'diagnosis':
        this.#diagnosed?.(message.lines);
        return;
      case 'drained':
        this.#drained?.();
        return;
      case 'log':
        this.incarnation.log.note(`${message.level}: ${message.message}`);
        return;
      case 'run':
        this.#run(message.requestId, message.request);
        return;
      case 'stop-run':
        this.#runs.get(message.requestId)?.stop(message.reason);
        return;
      case 'deliver':
        this.#deliver(message);
    }
  }

  #run(requestId: string, request: RunRequest): void {
    const run = this.#options.calls.handlers.run(ownerOf(this.incarnation), request, (news) => this.tell({ type: 'run-news', requestId, news }));
    this.#runs.set(requestId, run);
    void run.outcome.then((outcome: RunOutcome) => {
      this.#runs.delete(requestId);
      this.tell({ type: 'ran', requestId, outcome });
    });
  }

  #deliver(message: DeliveryRequest): void {
    const { clock, log, calls } = this.#options;
    const { requestId, turnId } = message;
    this.watch.heardOf({ queue: 'turns', id: turnId, name: 'turn' }, clock.monoMs());
    const onWaiting = (waiting: boolean): void => this.tell({ type: 'delivery-waits', requestId, waiting });
    void calls.deliver(message, onWaiting).then(
      (outcome) => this.tell({ type: 'delivered', requestId, outcome }),
      (error: unknown) => {
        log.error('a delivery ended without an outcome', { error, turnId });
        const outcome: DeliveryOutcome = { kind: 'failed', code: 'internal', message: 'The delivery failed inside Roost.', retryable: true, agentMs: 0 };
        this.tell({ type: 'delivered', requestId, outcome });
      },
    );
  }
}

/** What jobs of handlers are run for. */
export const ownerOf = (incarnation: Pick<Incarnation, 'launch' | 'number'>): string => `${incarnation.launch.name}#${incarnation.number}`;
