import type { Queue } from 'bullmq';
import { type CoachJob, coachJobOptions, jobNames, type TurnJob, turnJobOptions } from '../core/jobs/queues.js';
import type { PendingTurn } from '../core/sessions/turn-store.js';

/** The jobs that follow a turn that ended. Adding one again changes nothing: its id is derived from the turn's. */
export class FollowUps {
  readonly #turns: Pick<Queue, 'add'>;
  readonly #coach: Pick<Queue, 'add'>;

  constructor(options: { readonly turns: Pick<Queue, 'add'>; readonly coach: Pick<Queue, 'add'> }) {
    this.#turns = options.turns;
    this.#coach = options.coach;
  }

  async coach(job: CoachJob): Promise<void> {
    await this.#coach.add(jobNames.coach, job, coachJobOptions(job.turnId));
  }

  /** The next turn of the same session, now that nothing is before it. */
  async next({ turnId, sessionId, priority }: PendingTurn): Promise<void> {
    await this.#turns.add(jobNames.turn, { turnId, sessionId } satisfies TurnJob, turnJobOptions(turnId, priority));
  }
}
