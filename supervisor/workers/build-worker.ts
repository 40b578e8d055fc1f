import { slotsOf, type WorkerConfig } from '../../contract/config.js';
import type { WorkerFleetOptions } from './fleet-options.js';
import { untilServing } from './until-serving.js';
import { WorkerHost } from './worker-host.js';

export const processName = (worker: string): string => `worker-${worker}`;

export interface WorkerBuild {
  readonly options: WorkerFleetOptions;
  /** Its name in the config. */
  readonly worker: string;
  /** For the jobs a life takes: another one for every life of every worker. */
  mark(process: string): string;
  /** Slots that were changed while running; they count until the config is edited or Roost restarts. */
  tuned(): Readonly<Record<string, number>>;
  resting(): boolean;
}

/** One queue worker as the config has it, read at each use: an edit changes it while it runs. */
export function buildWorker({ options, worker, mark, tuned, resting }: WorkerBuild): WorkerHost {
  const { config, node, launcher, clock, random, log, redis, budget, book, calls, desk } = options;
  const name = processName(worker);
  let last: WorkerConfig | undefined;
  // One that is on its way out keeps its last.
  const settings = (): WorkerConfig => {
    last = config.workers[worker] ?? last;
    if (last === undefined) throw new Error(`the config names no worker ${worker}`);
    return last;
  };
  const slots = (queue: string): number => tuned()[queue] ?? slotsOf(settings().concurrency, queue);
  return new WorkerHost({
    name,
    get queues() {
      return settings().queues;
    },
    slots,
    limits: settings,
    launcher,
    clock,
    random,
    log: log.child(name),
    budget,
    ...(book === undefined ? {} : { record: book.of(name) }),
    redisServes: () => redis.view().state === 'running',
    untilRedisServes: (signal) => untilServing(redis, signal),
    startMessage: (incarnation) => ({
      type: 'start',
      incarnation,
      worker: mark(name),
      node,
      prefix: config.redis.prefix,
      redis: redis.address(),
      queues: [...settings().queues],
      concurrency: Object.fromEntries(settings().queues.map((queue) => [queue, slots(queue)])),
      coordinator: config.coordinator,
      turnDeadlineMs: config.turns.deadline,
      resting: resting(),
    }),
    calls,
    recover: async (marks) => desk()?.requeue((job) => job.processedBy !== undefined && marks.has(job.processedBy), true),
  });
}
