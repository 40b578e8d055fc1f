import { type Job, WaitingError } from 'bullmq';
import type { QueueName } from '../contract/config.js';
import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Slot, Slots } from './slots.js';
import { HandedBack, stopReasons } from './stop-reason.js';

/** What a handler needs to know of its job. */
export type JobInHand = Pick<Job, 'name' | 'data' | 'attemptsMade' | 'opts'>;
/** `stop.signal` is made when it is first read: most jobs are over before anybody could stop them. */
export type JobHandler = (job: JobInHand, slot: Slot, stop: { readonly signal: AbortSignal }) => Promise<unknown>;

/** One job in hand, for those who run it elsewhere. */
export interface HeldRun {
  readonly signal: AbortSignal;
  /** Handing the job back waits for this, for a moment. */
  beforeLetGo(done: Promise<void>): void;
}

/** Enough to find a job again and prove that it is ours. */
export interface HeldJob {
  readonly queue: QueueName;
  readonly id: string;
  readonly token: string;
}

/** A class and not closures: one is made for every job. */
class InHand implements HeldJob, HeldRun {
  readonly queue: QueueName;
  readonly id: string;
  readonly token: string;
  letGo: (error: HandedBack) => void = () => undefined;
  awaited: Promise<void> | undefined;
  #abort: AbortController | undefined;
  #reason: string | undefined;

  constructor(queue: QueueName, id: string, token: string) {
    this.queue = queue;
    this.id = id;
    this.token = token;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }

  beforeLetGo(done: Promise<void>): void {
    this.awaited = done;
  }

  /** The first reason counts. */
  stop(reason: string): void {
    this.#reason ??= reason;
    this.#abort?.abort(this.#reason);
  }
}

/** Runs the jobs of every other name: in a handler process. */
export type ElsewhereHandler = (queue: QueueName, job: Job, slot: Slot, held: HeldRun) => Promise<unknown>;

/** A handler process that must go is gone well before that. */
const letGoWithinMs = 1_500;

/** Runs each job by the handler of its name, and lets go of all of them when told to. */
export class Processor {
  readonly #slots: Slots;
  readonly #handlers: Readonly<Record<string, JobHandler>>;
  readonly #elsewhere: ElsewhereHandler;
  readonly #clock: Clock;
  readonly #inHand = new Set<InHand>();
  #abandoned = false;
  #resting = false;

  constructor(options: {
    readonly slots: Slots;
    readonly handlers: Readonly<Record<string, JobHandler>>;
    readonly elsewhere: ElsewhereHandler;
    readonly clock: Clock;
  }) {
    this.#slots = options.slots;
    this.#handlers = options.handlers;
    this.#elsewhere = options.elsewhere;
    this.#clock = options.clock;
  }

  async run(queue: QueueName, job: Job, token: string): Promise<unknown> {
    if (this.#resting) {
      // Whoever waited for a job at the server when the rest began still gets one; it goes back unbegun.
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const handler = this.#handlers[job.name];
    const held = new InHand(queue, job.id ?? '', token);
    const slot = this.#slots.enter(queue, held.id, job.name);
    this.#inHand.add(held);
    try {
      // A handler may hang in a call without a signal; the job must still come free.
      return await new Promise((resolve, reject) => {
        held.letGo = reject;
        const work = handler === undefined ? this.#elsewhere(queue, job, slot, held) : handler(job, slot, held);
        work.then(resolve, reject);
      });
    } catch (error) {
      if (!(error instanceof HandedBack)) throw error;
      if (!this.#abandoned) await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      this.#inHand.delete(held);
      slot.leave();
    }
  }

  /** Begins no job until it is taken back; those in hand go on. */
  rest(on: boolean): void {
    this.#resting = on;
  }

  get busy(): number {
    return this.#inHand.size;
  }

  busyByQueue(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { queue } of this.#inHand) counts[queue] = (counts[queue] ?? 0) + 1;
    return counts;
  }

  /** A person no longer wants what this job does. */
  cancel(queue: QueueName, id: string): void {
    for (const held of this.#inHand) if (held.id === id && held.queue === queue) held.stop(stopReasons.cancelled);
  }

  /** Every job in hand goes back to its queue at once, without counting as an attempt. */
  handBack(): void {
    for (const held of this.#inHand) {
      held.stop(stopReasons.handBack);
      const letGo = (): void => held.letGo(new HandedBack());
      if (held.awaited === undefined) letGo();
      // An end that does not come must not cost the job its place: the supervisor ends what runs on.
      else void within(this.#clock, letGoWithinMs, held.awaited).then(letGo, letGo);
    }
  }

  /** Lets go of every job without touching Redis, which can no longer be reached this way; whoever asks moves them. */
  abandon(): readonly HeldJob[] {
    this.#abandoned = true;
    const jobs = [...this.#inHand].map(({ queue, id, token }) => ({ queue, id, token }));
    this.handBack();
    return jobs;
  }
}
