import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { QueueName } from '../contract/config.js';
import type { Slot, Slots } from './slots.js';
import { HandedBack } from './stop-reason.js';

/** What a handler needs to know of its job. */
export type JobInHand = Pick<Job, 'name' | 'data' | 'attemptsMade' | 'opts'>;
export type JobHandler = (job: JobInHand, slot: Slot, signal: AbortSignal) => Promise<unknown>;

/** Enough to find a job again and prove that it is ours. */
export interface HeldJob {
  readonly queue: QueueName;
  readonly id: string;
  readonly token: string;
}

interface InHand extends HeldJob {
  readonly letGo: (error: HandedBack) => void;
}

/** Runs each job by the handler of its name, and lets go of all of them when told to. */
export class Processor {
  readonly #slots: Slots;
  readonly #handlers: Readonly<Record<string, JobHandler>>;
  readonly #inHand = new Set<InHand>();
  #abandoned = false;

  constructor(options: { readonly slots: Slots; readonly handlers: Readonly<Record<string, JobHandler>> }) {
    this.#slots = options.slots;
    this.#handlers = options.handlers;
  }

  async run(queue: QueueName, job: Job, token: string, signal: AbortSignal): Promise<unknown> {
    const handler = this.#handlers[job.name];
    if (handler === undefined) throw new UnrecoverableError(`no handler for jobs named ${job.name}`);
    const id = job.id ?? '';
    const slot = this.#slots.enter(queue, id, job.name);
    let held: InHand | undefined;
    try {
      // A handler may hang in a call without a signal; the job must still come free.
      return await new Promise((resolve, reject) => {
        held = { queue, id, token, letGo: reject };
        this.#inHand.add(held);
        handler(job, slot, signal).then(resolve, reject);
      });
    } catch (error) {
      if (!(error instanceof HandedBack)) throw error;
      if (!this.#abandoned) await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      if (held !== undefined) this.#inHand.delete(held);
      slot.leave();
    }
  }

  get busy(): number {
    return this.#inHand.size;
  }

  /** Every job in hand goes back to its queue at once, without counting as an attempt. */
  handBack(): void {
    for (const held of this.#inHand) held.letGo(new HandedBack());
  }

  /** Lets go of every job without touching Redis, which can no longer be reached this way; whoever asks moves them. */
  abandon(): readonly HeldJob[] {
    this.#abandoned = true;
    const jobs = [...this.#inHand].map(({ queue, id, token }) => ({ queue, id, token }));
    this.handBack();
    return jobs;
  }
}
