import { createHash } from 'node:crypto';
import type { WatchConfig } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { AddJobOptions } from '../queues/add-job.js';
import { fillTemplate, type ItemFields, isFilled } from './item-template.js';
import { WatchProblem } from './scan.js';

/** What a drop folder needs of the queues. */
export interface JobIntake {
  addJob(queue: string | undefined, name: string, data: unknown, options: AddJobOptions): Promise<{ readonly id: string; readonly queue: string }>;
  /** Jobs that wait in the queue; of the handler's own queue when none is named. */
  waiting(queue: string | undefined, handler: string): Promise<number>;
  stateOf(queue: string | undefined, handler: string, jobId: string): Promise<string>;
  /** Takes away the marks that outlive their jobs. */
  unmark(queue: string | undefined, handler: string, jobIds: readonly string[]): Promise<void>;
}

/** So long is a job's mark remembered beyond the job where nobody comes back to take it away; a ledger is written within milliseconds of it. */
const onceForMs = 7 * 86_400_000;
/** So many refused in a row, and none taken ever: then it is the settings and not the items. */
const hopelessAfter = 20;

export interface NewItem {
  /** The same for the same item for ever: its job is made once. */
  readonly identity: string;
  readonly fields: ItemFields;
}

export type Taken = { readonly kind: 'queued'; readonly jobId: string } | { readonly kind: 'refused'; readonly reason: string };

export const jobIdOf = (watch: string, identity: string): string => `w.${watch}.${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`;

/** Makes jobs of items: each once, whoever dies when. */
export class Intake {
  readonly #name: string;
  readonly #config: WatchConfig;
  readonly #jobs: JobIntake;
  #refusedInARow = 0;
  #everTaken: boolean;

  constructor(options: { readonly name: string; readonly config: WatchConfig; readonly jobs: JobIntake; readonly everTaken: boolean }) {
    this.#name = options.name;
    this.#config = options.config;
    this.#jobs = options.jobs;
    this.#everTaken = options.everTaken;
  }

  /** How many more jobs the queue may take. */
  async room(): Promise<number> {
    const { queue, handler, maxWaiting } = this.#config;
    return Math.max(0, maxWaiting - (await this.#jobs.waiting(queue, handler)));
  }

  /** Throws a WatchProblem when not this item but the settings are wrong, and whatever Redis throws when it is away. */
  async take({ identity, fields }: NewItem): Promise<Taken> {
    const { queue, handler, data } = this.#config;
    const jobId = jobIdOf(this.#name, identity);
    try {
      await this.#jobs.addJob(queue, handler, fillTemplate(data, fields), { jobId, onceForMs });
    } catch (error) {
      if (!(error instanceof RoostError)) throw error;
      if (error.code === 'not-found' || error.field === 'name') throw new WatchProblem(error.message);
      if (error.code !== 'bad-request' && error.code !== 'too-large') throw error;
      if (!this.#hangsOnItem(error.field)) throw new WatchProblem(`the settings are wrong: ${error.message}`);
      if (!this.#everTaken && ++this.#refusedInARow > hopelessAfter)
        throw new WatchProblem(`no item has been taken yet and the last ${hopelessAfter} were refused, so the settings may be wrong: ${error.message}`);
      return { kind: 'refused', reason: error.message };
    }
    this.#everTaken = true;
    return { kind: 'queued', jobId };
  }

  /** Whether the field that was refused is one that a template fills; any other is the same for every item. */
  #hangsOnItem(field: string | undefined): boolean {
    const name = (field ?? '').replace(/^data\.?/, '').split(/[.[]/)[0] ?? '';
    return name === '' || isFilled(this.#config.data[name]);
  }

  /** Once the ledger knows them, the marks have done their work: without this a busy log would fill Redis with them. */
  async settled(jobIds: readonly string[]): Promise<void> {
    if (jobIds.length > 0) await this.#jobs.unmark(this.#config.queue, this.#config.handler, jobIds);
  }

  async stateOf(jobId: string): Promise<string> {
    return this.#jobs.stateOf(this.#config.queue, this.#config.handler, jobId);
  }
}
