import type { JobsOptions, Queue } from 'bullmq';
import { RoostError } from '../../contract/errors.js';
import { type HandlerSpec, type RetryPreset, reservedJobNames } from '../../contract/handlers.js';
import { parseInput } from '../../contract/validation.js';
import { checkJobData } from '../../core/jobs/job-data.js';
import { keepJobs } from '../../core/jobs/queues.js';
import { retryOptions } from '../../core/jobs/retry.js';

export interface AddJobOptions {
  /** Adding the same id again changes nothing, also after the job has finished. */
  readonly jobId?: string;
  /** For this long adding the same `jobId` again changes nothing, also when the job has finished and is no longer kept. */
  readonly onceForMs?: number;
  /** 1 runs first; jobs without one run before any with one. */
  readonly priority?: number;
  readonly delayMs?: number;
  /** Instead of the handler's own. */
  readonly softMs?: number;
  readonly hardMs?: number;
  readonly attempts?: number;
  readonly retry?: RetryPreset;
}

/** The library's own rules for ids, told before it throws. */
const jobIdPattern = /^(?!\d+$)[A-Za-z0-9._@+-]{1,200}$/;

/** Name, data and options as the queue takes them; `bad-request` or `too-large` names what is wrong. */
export function jobOf(
  spec: HandlerSpec | undefined,
  name: string,
  data: unknown,
  options: AddJobOptions = {},
): { readonly data: unknown; readonly opts: JobsOptions } {
  if (reservedJobNames.includes(name)) throw new RoostError('bad-request', `Jobs named ${name} are added by Roost itself.`, { field: 'name' });
  if (spec === undefined) throw new RoostError('bad-request', `There is no handler named ${name}; its job would wait for ever.`, { field: 'name' });
  checkJobData(data);
  const checked = parseInput(spec.data, data, 'data');
  const { jobId, onceForMs, priority, delayMs, softMs, hardMs, attempts, retry } = options;
  if (jobId !== undefined && !jobIdPattern.test(jobId))
    throw new RoostError('bad-request', 'jobId must be 1 to 200 of A-Z a-z 0-9 . _ @ + - and not a bare number', { field: 'jobId' });
  const deadlines = { ...(softMs === undefined ? {} : { softMs }), ...(hardMs === undefined ? {} : { hardMs }) };
  return {
    data: checked,
    opts: {
      ...retryOptions(retry ?? spec.retry, attempts),
      ...keepJobs,
      ...(jobId === undefined ? {} : { jobId }),
      // The library writes this mark in the same step as the job, and it outlives the job.
      ...(jobId === undefined || onceForMs === undefined ? {} : { deduplication: { id: jobId, ttl: onceForMs } }),
      ...(priority === undefined ? {} : { priority }),
      ...(delayMs === undefined || delayMs <= 0 ? {} : { delay: Math.round(delayMs) }),
      ...(Object.keys(deadlines).length === 0 ? {} : { roost: deadlines }),
    },
  };
}

/** Puts it in line; answers with its id. */
export async function addJob(queue: Queue, name: string, { data, opts }: ReturnType<typeof jobOf>): Promise<string> {
  const job = await queue.add(name, data, opts);
  if (job.id === undefined) throw new RoostError('internal', 'The queue gave a job no id.');
  return job.id;
}
