import { type Job, UnrecoverableError } from 'bullmq';
import type { JobNews, RunOutcome, StopKind } from '../contract/handler-messages.js';
import type { FromWorker } from '../contract/messages.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { deadlinesSchema } from '../core/jobs/queues.js';
import type { HeldRun } from './processor.js';
import type { Slot } from './slots.js';
import { HandedBack, stopReasons } from './stop-reason.js';

/** The supervisor watches the job itself, with its deadlines: here its silence is no standstill. */
const patienceMs = 86_400_000;
/** Progress is written at most so often; the last one always. */
const progressEveryMs = 250;
/** Lines of one job's log: kept in Redis with the job. */
const maxLogLines = 1_000;

/** Why an attempt failed: its first word is the code, for whoever sorts by it. */
export class AttemptFailed extends Error {
  constructor(code: string, message: string, stack: string | undefined) {
    super(code === 'failed' ? message : `${code}: ${message}`);
    this.name = 'AttemptFailed';
    if (stack !== undefined) this.stack = stack;
  }
}

interface Waiting {
  readonly hear: (news: JobNews) => void;
  readonly ended: (outcome: RunOutcome) => void;
}

/** Jobs of this worker that run in handler processes. */
export class RemoteRuns {
  readonly #options: { readonly send: (message: FromWorker) => void; readonly clock: Clock; readonly log: Log };
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;

  constructor(options: { readonly send: (message: FromWorker) => void; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
  }

  /** Has the job run; throws what it failed with. `countDeath` counts a death of its process against it and answers with the number. */
  async run(
    queue: string,
    job: Job,
    slot: Slot,
    held: HeldRun,
    countDeath: () => Promise<{ readonly deaths: number; readonly poison: boolean }>,
  ): Promise<unknown> {
    const { send } = this.#options;
    const requestId = String(++this.#lastId);
    const records = new JobRecords(job, this.#options);
    const outcome = new Promise<RunOutcome>((ended) => {
      this.#waiting.set(requestId, {
        ended,
        hear: (news) => {
          slot.waits(patienceMs);
          records.take(news);
        },
      });
    });
    const stop = (reason: StopKind): void => send({ type: 'stop-run', requestId, reason });
    held.signal.addEventListener('abort', () => stop(held.signal.reason === stopReasons.cancelled ? 'cancelled' : 'hand-back'), { once: true });
    // It may run elsewhere only once nothing of it runs here.
    held.beforeLetGo(outcome.then(() => undefined));
    slot.waits(patienceMs);
    const deadlines = deadlinesSchema.safeParse((job.opts as { readonly roost?: unknown }).roost ?? {});
    send({
      type: 'run',
      requestId,
      request: {
        name: job.name,
        queue,
        jobId: job.id ?? '',
        data: job.data as unknown,
        attempt: job.attemptsMade + 1,
        maxAttempts: job.opts.attempts ?? 1,
        fence: job.attemptsStarted,
        ...(deadlines.success ? definedOf(deadlines.data) : {}),
      },
    });
    try {
      const ran = await outcome;
      await records.flush();
      if (ran.kind === 'done') return ran.result;
      if (ran.kind === 'handed-back') throw new HandedBack();
      throw await this.#failure(ran, countDeath);
    } finally {
      this.#waiting.delete(requestId);
    }
  }

  heard(requestId: string, news: JobNews): void {
    this.#waiting.get(requestId)?.hear(news);
  }

  ran(requestId: string, outcome: RunOutcome): void {
    this.#waiting.get(requestId)?.ended(outcome);
  }

  async #failure(
    { code, message, stack, final, died }: Extract<RunOutcome, { kind: 'failed' }>,
    countDeath: () => Promise<{ readonly deaths: number; readonly poison: boolean }>,
  ): Promise<Error> {
    const { deaths, poison } = died === true ? await countDeath() : { deaths: 0, poison: false };
    if (poison) return new UnrecoverableError(`poison: ${deaths} processes died while they ran it. The last: ${message}`);
    if (!final) return new AttemptFailed(code, message, stack);
    const failed = new UnrecoverableError(code === 'failed' ? message : `${code}: ${message}`);
    if (stack !== undefined) failed.stack = stack;
    return failed;
  }
}

const definedOf = (deadlines: { readonly softMs?: number | undefined; readonly hardMs?: number | undefined }) => ({
  ...(deadlines.softMs === undefined ? {} : { softMs: deadlines.softMs }),
  ...(deadlines.hardMs === undefined ? {} : { hardMs: deadlines.hardMs }),
});

/** Log and progress of a job, written in order and no more often than anyone reads them. */
class JobRecords {
  readonly #job: Job;
  readonly #clock: Clock;
  readonly #log: Log;
  #tail: Promise<void> = Promise.resolve();
  #lines = 0;
  #progress: { fraction: number | null; text?: string } | undefined;
  #writtenMono = Number.NEGATIVE_INFINITY;

  constructor(job: Job, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#job = job;
    this.#clock = clock;
    this.#log = log;
  }

  take(news: JobNews): void {
    if (news.kind === 'log') this.#line(news.text);
    else if (news.kind === 'progress') {
      this.#progress = { fraction: news.fraction, ...(news.text === undefined ? {} : { text: news.text }) };
      if (this.#clock.monoMs() - this.#writtenMono >= progressEveryMs) this.#writeProgress();
    }
  }

  async flush(): Promise<void> {
    this.#writeProgress();
    await this.#tail;
  }

  #line(text: string): void {
    this.#lines++;
    if (this.#lines > maxLogLines) return;
    const line = this.#lines === maxLogLines ? `More than ${maxLogLines} lines: the rest is not kept.` : text;
    this.#write(() => this.#job.log(`${new Date(this.#clock.wallMs()).toISOString()} ${line}`));
  }

  #writeProgress(): void {
    const progress = this.#progress;
    if (progress === undefined) return;
    this.#progress = undefined;
    this.#writtenMono = this.#clock.monoMs();
    this.#write(() => this.#job.updateProgress(progress));
  }

  #write(act: () => Promise<unknown>): void {
    this.#tail = this.#tail.then(act).then(
      () => undefined,
      (error: unknown) => this.#log.debug('a job record could not be written', { job: this.#job.id, error }),
    );
  }
}
