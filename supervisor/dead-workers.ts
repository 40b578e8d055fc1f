import type { QueueName } from '../contract/config.js';
import type { JobOutcome } from '../contract/job-views.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { turnJobSchema } from '../core/jobs/queues.js';
import type { Redis } from '../core/redis/connection.js';
import type { TurnStore } from '../core/sessions/turn-store.js';
import type { JobHistory } from './history/job-history.js';
import type { QueueRegistry } from './queues/queue-registry.js';
import type { JobFacts } from './queues/recovery.js';
import type { TurnFeed } from './sessions/turn-feed.js';

export interface DeadWorkersOptions {
  readonly connection: Redis;
  readonly registry: QueueRegistry;
  readonly turns: TurnStore;
  readonly feed: TurnFeed;
  readonly history: JobHistory;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Jobs of a dead worker went back in line, or were set aside as poison. */
  onRequeued(queue: QueueName, requeued: number, setAside: number): void;
}

/** What becomes of the jobs that dead workers held, and of the ends that nobody told of. */
export class DeadWorkers {
  readonly #options: DeadWorkersOptions;

  constructor(options: DeadWorkersOptions) {
    this.#options = options;
  }

  /** Jobs of proven-dead workers go back to wait; one that killed three workers ends its turn as poison. */
  async requeue(belongs: (job: JobFacts, queue: QueueName) => boolean, countsAsDeath: boolean): Promise<void> {
    const { connection, registry, history, log } = this.#options;
    for (const queue of registry.names) {
      const { requeued, poisoned, tookMs } = await registry.requeueActive(queue, { predicate: (job) => belongs(job, queue), countsAsDeath });
      if (requeued.length > 0) log.info('jobs of a dead worker are back in line', { queue, jobs: requeued.length, tookMs: Math.round(tookMs) });
      this.#options.onRequeued(queue, requeued.length, poisoned.length);
      for (const job of poisoned) await this.#poisoned(queue, job);
    }
    // Beside the recovery: nobody's work waits for a line in the history.
    const sources = registry.names.map((queue) => ({ queue, prefix: registry.queue(queue).toKey('') }));
    history
      .completeFor(connection, sources, (worker, queue) => belongs({ id: '', name: '', data: null, processedBy: worker }, queue))
      .catch((error: unknown) => log.debug('ends that a dead worker did not tell of are missing in the history', { error }));
  }

  /** Ends that no worker tells of. */
  toHistory(job: {
    readonly id: string;
    readonly queue: string;
    readonly name: string;
    readonly attempts: number;
    readonly outcome: JobOutcome;
    readonly code: string;
    readonly message: string;
  }): void {
    const { connection, history, node, clock, log } = this.#options;
    const ended = { q: job.queue, n: job.name, i: job.id, o: job.outcome, t: clock.wallMs(), a: job.attempts, d: node, c: job.code, e: job.message };
    history.tell(connection, ended).catch((error: unknown) => log.debug('the end of a job is missing in the history', { job: job.id, error }));
  }

  /** The turn ends as failed; the sweep starts the one behind it. */
  async #poisoned(queue: QueueName, job: JobFacts): Promise<void> {
    this.toHistory({ ...job, queue, attempts: 1, outcome: 'failed', code: 'poison', message: 'Set aside: three workers died while they held it.' });
    const { turns, feed, clock, log } = this.#options;
    const turn = turnJobSchema.safeParse(job.data);
    if (!turn.success) return;
    const message = 'Set aside: the worker died three times while it held this turn.';
    const { turn: ended } = await turns.end(turn.data.turnId, {
      status: 'failed',
      error: { code: 'poison', message },
      endedAt: clock.wallMs(),
    });
    if (ended !== undefined) feed.publish(ended);
    log.error('a turn was set aside as poison', { turnId: turn.data.turnId });
  }
}
