import {
  type FromHandler,
  fromHandlerSchema,
  type JobNews,
  type RunOutcome,
  type RunRequest,
  type StopKind,
  type ToHandler,
} from '../../contract/handler-messages.js';
import type { ExitCause, ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import type { Incarnation, Launcher } from '../process/types.js';

export type HandlerSetup = Extract<ToHandler, { type: 'setup' }>;
type Ask = Extract<FromHandler, { type: 'ask' }>;
type Answer = Extract<ToHandler, { type: 'answer' }>['answer'];

export interface HandlerProcessOptions {
  /** Process name: `handler-<slot>`. */
  readonly name: string;
  /** Counts the lives of this name. */
  readonly number: number;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly setup: HandlerSetup;
  readonly startTimeoutMs: number;
  answer(question: Ask): Promise<Answer>;
}

interface Running {
  readonly runId: number;
  readonly hear: (news: JobNews) => void;
  readonly ended: (outcome: RunOutcome) => void;
}

/** Nothing is handed over at the end of a handler process: it dies with all it started. */
const killNow = { termAfterMs: 0, killAfterMs: 0 };
const goodbyeMs = 2_000;

/** One handler process: takes one job at a time until it is ended. */
export class HandlerProcess {
  readonly name: string;
  readonly incarnation: Incarnation;
  /** Jobs it has run. */
  jobs = 0;
  rssBytes = 0;
  /** Monotonic time of its last sign of life, and of the last step of its job. */
  heardMono: number;
  movedMono: number;
  /** So long it said at that step that it will make none. */
  quietMs = 0;
  readonly #options: HandlerProcessOptions;
  #running: Running | undefined;
  #ready: () => void = () => undefined;
  #listening: ((message: Extract<FromHandler, { type: 'reading' | 'listed' }>) => void) | undefined;
  #lastRun = 0;

  constructor(options: HandlerProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.heardMono = options.clock.monoMs();
    this.movedMono = this.heardMono;
    const { name, number, launcher } = options;
    this.incarnation = launcher.launch(
      { name, kind: 'worker', program: { entry: 'handler-process', args: [] }, env: {}, stdin: 'none', wire: 'messages' },
      number,
    );
    this.incarnation.wire?.onMessage((raw) => this.#hear(raw));
    void this.incarnation.exited.then((exit) => this.#died(exit));
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Rejects when it ends before it is ready, or takes too long. */
  async start(): Promise<void> {
    const { clock, setup, startTimeoutMs } = this.#options;
    const ready = new Promise<'ready'>((resolve) => {
      this.#ready = () => resolve('ready');
    });
    this.#send(setup);
    const first = await within(clock, startTimeoutMs, Promise.race([ready, this.incarnation.exited]));
    if (first.kind === 'done' && first.value === 'ready') return;
    if (first.kind !== 'done') await this.end('start-timeout', `it was not ready within ${startTimeoutMs} ms`);
    throw new Error(first.kind === 'done' && typeof first.value === 'object' ? first.value.message : 'it was not ready in time');
  }

  /** Resolves with what came of the attempt; a death of the process is an outcome, too. Never rejects. */
  run(request: RunRequest, hear: (news: JobNews) => void): Promise<RunOutcome> {
    const runId = ++this.#lastRun;
    this.jobs++;
    this.heardMono = this.#options.clock.monoMs();
    this.movedMono = this.heardMono;
    this.quietMs = 0;
    return new Promise((resolve) => {
      this.#running = { runId, hear, ended: resolve };
      const { exit } = this.incarnation;
      if (exit !== null) return this.#died(exit);
      this.#send({ type: 'run', runId, request });
    });
  }

  /** Asks the job in hand to end. */
  stopRun(reason: StopKind, message: string): void {
    if (this.#running !== undefined) this.#send({ type: 'stop', runId: this.#running.runId, reason, message });
  }

  /** What lies in the folder of own handlers; rejects with the file that took the process down. */
  async list(skip: readonly string[], deadlineMs: number): Promise<Extract<FromHandler, { type: 'listed' }>['files']> {
    let file = '';
    const listed = new Promise<Extract<FromHandler, { type: 'listed' }>>((resolve) => {
      this.#listening = (message) => {
        if (message.type === 'reading') file = message.file;
        else resolve(message);
      };
    });
    this.#send({ type: 'list', skip: [...skip] });
    const first = await within(this.#options.clock, deadlineMs, Promise.race([listed, this.incarnation.exited]));
    this.#listening = undefined;
    if (first.kind === 'done' && 'files' in first.value) return first.value.files;
    if (first.kind === 'done') throw new UnreadableFile(file, 'it ends the process that loads it', false);
    throw new UnreadableFile(file, `it does not load within ${Math.round(deadlineMs / 1_000)} s`, true);
  }

  /** Resolves when the exit is seen. Politely where nothing is in hand. */
  end(cause: ExitCause, why: string): Promise<ExitView> {
    const polite = !this.busy && (cause === 'recycled' || cause === 'deliberate');
    return this.incarnation.terminate(cause, why, polite ? { message: { type: 'end' }, termAfterMs: goodbyeMs / 2, killAfterMs: goodbyeMs } : killNow);
  }

  #hear(raw: unknown): void {
    const parsed = fromHandlerSchema.safeParse(raw);
    if (!parsed.success) {
      this.#options.log.warn('a handler process sent a message that is not in the contract', { issue: parsed.error.issues[0]?.message });
      return;
    }
    const message = parsed.data;
    this.heardMono = this.#options.clock.monoMs();
    switch (message.type) {
      case 'ready':
        this.#ready();
        return;
      case 'beat':
        this.rssBytes = message.rssBytes;
        return;
      case 'news':
        if (message.runId !== this.#running?.runId) return;
        this.movedMono = this.heardMono;
        this.quietMs = message.news.kind === 'quiet' ? message.news.forMs : 0;
        this.#running.hear(message.news);
        return;
      case 'ended':
        this.rssBytes = message.rssBytes;
        if (message.runId === this.#running?.runId) this.#finish(message.outcome);
        return;
      case 'ask':
        void this.#options.answer(message).then((answer) => this.#send({ type: 'answer', askId: message.askId, answer }));
        return;
      case 'reading':
      case 'listed':
        this.#listening?.(message);
    }
  }

  #died(exit: ExitView): void {
    const died = exit.cause !== 'deliberate' && exit.cause !== 'recycled';
    this.#finish({ kind: 'failed', code: 'handler-died', message: `Its process ended (${exit.cause}): ${exit.message}`, final: false, died });
  }

  #finish(outcome: RunOutcome): void {
    const running = this.#running;
    this.#running = undefined;
    running?.ended(outcome);
  }

  #send(message: ToHandler): void {
    this.incarnation.wire?.send(message);
  }
}

/** A file that cannot even be looked at. */
export class UnreadableFile extends Error {
  constructor(
    readonly file: string,
    message: string,
    /** It took too long, which may be the machine's fault. */
    readonly late: boolean,
  ) {
    super(message);
    this.name = 'UnreadableFile';
  }
}
