import type { Log } from '../../core/base/log.js';
import type { Incarnation } from '../process/types.js';
import { ownerOf, type WorkerCalls } from './worker-life.js';

interface DeadLivesOptions {
  readonly name: string;
  readonly log: Log;
  readonly calls: Pick<WorkerCalls, 'handlers'>;
  recover(marks: ReadonlySet<string>): Promise<void>;
  redisServes(): boolean;
}

/** The lives of a worker that have ended and whose jobs are still to be put back in line. */
export class DeadLives {
  readonly #options: DeadLivesOptions;
  readonly #marks = new Set<string>();
  #recovering: Promise<void> = Promise.resolve();

  constructor(options: DeadLivesOptions) {
    this.#options = options;
  }

  /** Resolves when nothing of them is owed any more. To call before the next life begins. */
  async recovered(): Promise<void> {
    await this.#recovering;
    await this.#recover();
  }

  /** Nothing of its jobs may run on before they are back in line. Without Redis the next start does it. */
  ended(incarnation: Incarnation, mark: string): void {
    this.#recovering = this.#recovering
      .then(() => this.#options.calls.handlers.endOf(ownerOf(incarnation)))
      .then(() => {
        this.#marks.add(mark);
        return this.#options.redisServes() ? this.#recover() : undefined;
      })
      .catch((error: unknown) => this.#options.log.warn('the jobs of a dead worker are put back at its next start', { worker: this.#options.name, error }));
  }

  async #recover(): Promise<void> {
    const marks = new Set(this.#marks);
    if (marks.size === 0) return;
    await this.#options.recover(marks);
    for (const mark of marks) this.#marks.delete(mark);
  }
}
