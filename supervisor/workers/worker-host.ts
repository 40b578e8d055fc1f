import type { QueueName } from '../../contract/config.js';
import { type DeliveryOutcome, type FromWorker, fromWorkerSchema, type ToWorker, type WorkerStart } from '../../contract/messages.js';
import type { ProcessView, TurnView } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { RestartBudget } from '../process/restart-budget.js';
import { SupervisedProcess } from '../process/supervised-process.js';
import type { Incarnation, Launcher } from '../process/types.js';
import { type Beat, BeatWatch } from './beat-watch.js';
import { stallEvidence } from './stall-evidence.js';

export type DeliveryRequest = Extract<FromWorker, { type: 'deliver' }>;

export interface WorkerHostOptions {
  /** Process name, `worker-<name>`. */
  readonly name: string;
  readonly queues: readonly QueueName[];
  /** Jobs of a queue it takes side by side. */
  slots(queue: QueueName): number;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What the child needs to begin; read at every start so that a new Redis address is current. */
  startMessage(incarnation: number): WorkerStart;
  deliver(request: DeliveryRequest): Promise<DeliveryOutcome>;
  onTurn(turn: TurnView): void;
  /** Puts the active jobs of dead incarnations back to wait; runs before every spawn but the first boot's. */
  recover(): Promise<void>;
  /** False while Redis is away: then nothing can move, and a start is not worth a try. */
  redisServes(): boolean;
  /** Resolves once Redis serves; rejects when the signal aborts. */
  untilRedisServes(signal: AbortSignal): Promise<void>;
  readonly budget?: RestartBudget;
  readonly startTimeoutMs?: number;
  readonly silenceLimitMs?: number;
  readonly progressLimitMs?: number;
  readonly lookEveryMs?: number;
}

/**
 * One queue worker child: started with its settings over the channel, watched by its beats, drained
 * before it is stopped, its jobs handed back when it dies.
 */
export class WorkerHost {
  readonly process: SupervisedProcess;
  readonly #options: WorkerHostOptions;
  readonly #watch: BeatWatch;
  readonly #scope: Scope;
  #drained: (() => void) | undefined;
  #diagnosed: ((lines: readonly string[]) => void) | undefined;
  #looking = false;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (name, error) => options.log.error(`${options.name}: ${name} failed`, { error }));
    this.#watch = new BeatWatch({ silenceLimitMs: options.silenceLimitMs ?? 30_000, progressLimitMs: options.progressLimitMs ?? 30_000 });
    this.process = new SupervisedProcess({
      name: options.name,
      kind: 'worker',
      required: true,
      launcher: options.launcher,
      clock: options.clock,
      random: options.random,
      log: options.log,
      ...(options.budget === undefined ? {} : { budget: options.budget }),
      spec: {
        launch: () => ({ name: options.name, kind: 'worker', program: { entry: 'queue-worker', args: [] }, env: {}, stdin: 'none', wire: 'messages' }),
        startTimeoutMs: options.startTimeoutMs ?? 20_000,
        ladder: { message: { type: 'drain', deadlineMs: 2_000 }, termAfterMs: 2_500, killAfterMs: 5_000 },
        awaits: (signal) => options.untilRedisServes(signal),
        beforeStart: () => options.recover(),
        ready: (incarnation) => this.#begin(incarnation),
      },
    });
  }

  get queues(): readonly QueueName[] {
    return this.#options.queues;
  }

  slots(queue: QueueName): number {
    return this.#options.slots(queue);
  }

  /** Jobs in hand and slots, from the newest beat of the current incarnation; null without one. */
  get beat(): Beat | null {
    return this.#watch.beat;
  }

  view(): ProcessView {
    const view = this.process.view();
    return { ...view, statusAgeMs: view.pid === null ? null : this.#watch.ageMs(this.#options.clock.monoMs()) };
  }

  start(): void {
    this.#scope.every('watch', this.#options.lookEveryMs ?? 1_000, () => this.#look());
    this.process.start();
  }

  /** The machine slept, or is about to: every clock of the watch starts again. */
  grantFreshLimit(): void {
    this.#watch.grant(this.#options.clock.monoMs());
  }

  /** Ends the child as stalled, after a look at what it does. Answers when the verdict is executed, or dropped because the child moved again. */
  async condemnStalled(why: string, still: () => boolean = () => true): Promise<void> {
    const incarnation = this.process.current;
    if (incarnation === null || this.#looking || this.process.status.kind !== 'running') return;
    this.#looking = true;
    try {
      incarnation.log.note(`seems to stand still: ${why}`);
      const evidence = await stallEvidence({ clock: this.#options.clock, pid: incarnation.pid, ask: () => this.#diagnose(incarnation) });
      for (const line of evidence.lines) incarnation.log.note(`evidence: ${line}`);
      if (this.process.current !== incarnation) return;
      if (still()) this.process.condemn('stalled', `${why}; ${evidence.summary}`);
      else incarnation.log.note('moved again while it was looked at, and goes on');
    } finally {
      this.#looking = false;
    }
  }

  #look(): Promise<void> | undefined {
    const { clock, redisServes } = this.#options;
    // Before ready the start timeout watches; without Redis nothing can move.
    if (this.process.status.kind !== 'running' || !redisServes()) this.grantFreshLimit();
    const judge = (): string | undefined => this.#watch.verdict(clock.monoMs());
    const why = judge();
    return why === undefined ? undefined : this.condemnStalled(why, () => judge() !== undefined);
  }

  #diagnose(incarnation: Incarnation): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#diagnosed = resolve;
      if (incarnation.wire === null) return reject(new Error('it has no channel'));
      incarnation.wire.send({ type: 'diagnose' } satisfies ToWorker);
    });
  }

  /** Asks the child to finish what it holds; resolves when it has, or at the deadline. */
  async drain(deadlineMs: number): Promise<'done' | 'timeout'> {
    const wire = this.process.current?.wire;
    const exited = this.process.current?.exited;
    if (wire === null || wire === undefined || exited === undefined) return 'done';
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    // From here on its exit is wanted, whatever code it ends with.
    wire.send({ type: 'drain', deadlineMs } satisfies ToWorker);
    const outcome = await within(this.#options.clock, deadlineMs + 2_000, Promise.race([drained, exited]));
    return outcome.kind === 'done' ? 'done' : 'timeout';
  }

  tell(message: ToWorker): void {
    this.process.current?.wire?.send(message);
  }

  async stop(why: string): Promise<void> {
    await this.process.retire(why);
    await this.#scope.close();
  }

  #begin(incarnation: Incarnation): Promise<void> {
    const wire = incarnation.wire;
    if (wire === null) return Promise.reject(new Error('a worker needs its channel'));
    this.#watch.reset(this.#options.clock.monoMs());
    return new Promise((resolve) => {
      wire.onMessage((raw) => {
        const parsed = fromWorkerSchema.safeParse(raw);
        if (!parsed.success) return this.#options.log.warn('a worker sent a message that is not in the contract', { issue: parsed.error.issues[0]?.message });
        // A late message of an earlier life must not make the present one look alive.
        if (this.process.current !== incarnation) return;
        this.#take(incarnation, parsed.data, resolve);
      });
      wire.send(this.#options.startMessage(incarnation.number));
    });
  }

  #take(incarnation: Incarnation, message: FromWorker, ready: () => void): void {
    switch (message.type) {
      case 'ready':
        if (message.incarnation === incarnation.number) ready();
        return;
      case 'beat':
        if (message.incarnation === incarnation.number) this.#watch.take(message, this.#options.clock.monoMs());
        return;
      case 'turn':
        this.#options.onTurn(message.turn);
        return;
      case 'diagnosis':
        this.#diagnosed?.(message.lines);
        return;
      case 'drained':
        this.#drained?.();
        return;
      case 'log':
        incarnation.log.note(`${message.level}: ${message.message}`);
        return;
      case 'deliver':
        this.#watch.heardOf({ queue: 'turns', id: message.turnId, name: 'turn' }, this.#options.clock.monoMs());
        void this.#options.deliver(message).then(
          (outcome) => incarnation.wire?.send({ type: 'delivered', requestId: message.requestId, outcome } satisfies ToWorker),
          (error) => {
            this.#options.log.error('a delivery ended without an outcome', { error, turnId: message.turnId });
            const outcome: DeliveryOutcome = { kind: 'failed', code: 'internal', message: 'The delivery failed inside Roost.', retryable: true, agentMs: 0 };
            incarnation.wire?.send({ type: 'delivered', requestId: message.requestId, outcome } satisfies ToWorker);
          },
        );
    }
  }
}
