import { reservedJobNames } from '../../../contract/handlers.js';
import type { JobAct, JobState } from '../../../contract/job-views.js';
import { jobActs } from '../../../contract/job-views.js';
import { jobNames } from '../../../core/jobs/queues.js';

export interface JobKind {
  readonly queue: string;
  readonly name: string;
  readonly state: JobState;
}

/** Of jobs that no worker holds and that are not over. */
const isLive = (state: JobState): boolean => state === 'waiting' || state === 'delayed';

/** Roost's own proof that a queue is consumed; a person has no business with it. */
export const isCanary = (name: string): boolean => name === jobNames.canary;

/** The job of a turn: the turn decides, and the line of its session stands behind it. */
export const isTurnJob = ({ queue, name }: Pick<JobKind, 'queue' | 'name'>): boolean => queue === 'turns' && name === jobNames.turn;

const states: Readonly<Record<JobAct, readonly JobState[]>> = {
  retry: ['failed', 'completed'],
  cancel: ['waiting', 'delayed', 'active'],
  remove: ['waiting', 'delayed', 'failed', 'completed'],
  promote: ['delayed'],
  duplicate: ['waiting', 'active', 'delayed', 'failed', 'completed'],
};

const wanted: Readonly<Record<JobAct, string>> = {
  retry: 'only a failed or completed job can be run again',
  cancel: 'only a job that is not over can be cancelled',
  remove: 'a worker holds it, so it has to be cancelled first',
  promote: 'only a delayed job can be brought forward',
  duplicate: '',
};

/** Why an act is not possible, beginning with the state the job is in; null when it is. */
export function whyNot(act: JobAct, job: JobKind): string | null {
  if (isCanary(job.name)) return `it is ${job.state}, but it is the canary by which Roost proves that the queue is consumed, and is left alone`;
  if (!states[act].includes(job.state)) return `it is ${job.state}; ${wanted[act]}`;
  if (act === 'duplicate' && !isTurnJob(job) && reservedJobNames.includes(job.name))
    return `it is ${job.state}, but jobs named ${job.name} are added by Roost itself`;
  if (!isTurnJob(job)) return null;
  if (act === 'retry' || act === 'duplicate') return `it is ${job.state} and belongs to a turn, which runs once; ask again in its session`;
  if (act === 'remove' && isLive(job.state)) return `it is ${job.state} and its session waits for it; cancel it instead`;
  return null;
}

/** Every act with the reason why it is not possible. */
export const actsOf = (job: JobKind): Record<JobAct, string | null> =>
  Object.fromEntries(jobActs.map((act) => [act, whyNot(act, job)])) as Record<JobAct, string | null>;
