import { z } from 'zod';
import { bytes, duration } from './quantities.js';
import { name } from './services.js';

/** Queues and the workers that consume them. */

/** Shared by all nodes but `turns`, which belongs to the node whose agents hold the sessions. */
export const defaultQueues = ['turns', 'coach', 'governance', 'maintenance', 'analytics', 'analysis', 'trends'] as const;
export type QueueName = string;

/** No colon (the queue library's separator) and no dot (what follows it is a node). */
export const queueNameSchema = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9_-]*$/, 'must be 1 to 40 of a-z 0-9 _ -, a letter first');

const slots = z.number().int().min(1).max(200);

/** `max` jobs begin within any `every`, over all workers of the queue on every node. */
export const rateSchema = z.strictObject({ max: z.number().int().min(1).max(1_000_000), every: duration(100, 86_400_000).prefault('1s') });
export type Rate = z.output<typeof rateSchema>;

/** As many as there are places for sessions: a turn waits for its agent, which costs next to nothing, and nobody should wait for the turns of others. */
const turnsAtOnce = 50;

const workerSchema = z
  .strictObject({
    /** May be left out when `concurrency` names them. */
    queues: z.array(queueNameSchema).min(1).optional(),
    /** Jobs side by side: one number for each queue (coaching takes at most 4 of them), or a map by queue. Without it 50 for a worker of turns, else 10. */
    concurrency: z
      .union([slots, z.record(queueNameSchema, slots)], { error: 'must be a number from 1 to 200, or a map of queue names to such numbers' })
      .optional(),
    /** A fresh process takes over after so many jobs, at most once a minute; 0 never. */
    recycleAfterJobs: z.number().int().min(0).max(1_000_000).default(100),
    /** A fresh process takes over when it uses more. */
    memory: bytes(64 * 1024 ** 2).prefault('512MB'),
    /** Moves slots between its queues, each within these limits, towards the one that needs longest to clear; their sum stays. */
    balance: z
      .union([z.literal(false), z.strictObject({ min: slots.default(1), max: slots.default(200) })], {
        error: 'must be false, or limits as in { min: 1, max: 8 }',
      })
      .default(false),
  })
  .superRefine(({ queues, concurrency }, context) => {
    if (concurrency === undefined || typeof concurrency === 'number') {
      if (queues === undefined) context.addIssue({ code: 'custom', path: ['queues'], message: 'is needed when concurrency does not name them' });
      return;
    }
    const named = Object.keys(concurrency);
    if (named.length === 0) context.addIssue({ code: 'custom', path: ['concurrency'], message: 'must name at least one queue' });
    for (const queue of queues ?? []) {
      if (!named.includes(queue)) context.addIssue({ code: 'custom', path: ['concurrency'], message: `must name the queue ${queue}, too` });
    }
  })
  .transform((worker) => {
    const concurrency = worker.concurrency ?? (worker.queues?.includes('turns') ? turnsAtOnce : 10);
    return { ...worker, concurrency, queues: worker.queues ?? (typeof concurrency === 'number' ? [] : Object.keys(concurrency)) };
  });
export type WorkerConfig = z.output<typeof workerSchema>;

/** What runs without a line of config. */
const defaultWorkers: Readonly<Record<string, z.input<typeof workerSchema>>> = {
  turns: { queues: ['turns', 'coach'] },
  jobs: { concurrency: { governance: 1, maintenance: 2, analytics: 3, trends: 3, analysis: 2 } },
};

/**
 * Nobody who sets one number for one worker means to leave the other queues without any: a default queue that
 * no worker of the file takes is consumed by the default worker it belongs to, or by `others` if that name is taken.
 */
function withLeftovers(named: Readonly<Record<string, WorkerConfig>>): Record<string, WorkerConfig> {
  const taken = new Set(Object.values(named).flatMap(({ queues }) => queues));
  const all: Record<string, WorkerConfig> = { ...named };
  const others: Record<string, number> = {};
  for (const [name, wanted] of Object.entries(defaultWorkers)) {
    const worker = workerSchema.parse(wanted);
    const left = worker.queues.filter((queue) => !taken.has(queue));
    if (left.length === worker.queues.length && named[name] === undefined) all[name] = worker;
    else for (const queue of left) others[queue] = slotsOf(worker.concurrency, queue);
  }
  if (Object.keys(others).length > 0) all['others'] = workerSchema.parse({ concurrency: others });
  return all;
}

export const workersSchema = z.record(name, workerSchema).prefault({}).transform(withLeftovers);

export const queuesSchema = z.record(queueNameSchema, z.strictObject({ rate: rateSchema.optional() })).default({});

/** Coaching is quick and must not crowd out turns. */
export const slotsOf = (concurrency: number | Readonly<Record<string, number>>, queue: QueueName): number => {
  if (typeof concurrency !== 'number') return concurrency[queue] ?? 1;
  return queue === 'coach' ? Math.min(4, Math.max(2, Math.ceil(concurrency / 4))) : concurrency;
};

/** Every queue there is: the default ones, and those that the config names. */
export function queuesOf(config: {
  readonly workers: Readonly<Record<string, { readonly queues: readonly QueueName[] }>>;
  readonly queues: Readonly<Record<string, unknown>>;
}): readonly QueueName[] {
  return [...new Set<string>([...defaultQueues, ...Object.values(config.workers).flatMap((worker) => worker.queues), ...Object.keys(config.queues)])];
}
