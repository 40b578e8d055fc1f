import { configSchema } from '../../contract/config.js';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import type { TestBench } from '../process/test-children.js';
import { WorkerHost, type WorkerHostOptions } from './worker-host.js';

export interface StandIn {
  readonly bench: TestBench;
  /** What the stand-in worker does; see its program. */
  readonly way: string;
  readonly queue: string;
  readonly slots: number;
  /** The stand-in worker keeps its rhythm by it. */
  readonly turnDeadlineMs: number;
}

/** For tests: a worker in real time whose child is the stand-in, with nobody to deliver to and nothing to recover. */
export function standInHost({ bench, way, queue, slots, turnDeadlineMs }: StandIn, more: Partial<WorkerHostOptions> = {}): WorkerHost {
  return new WorkerHost({
    name: `worker-${queue}`,
    queues: [queue],
    slots: () => slots,
    launcher: bench.launcher,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    startMessage: (incarnation) => ({
      type: 'start',
      incarnation,
      worker: way,
      node: 'n1',
      prefix: 'test',
      redis: { host: '127.0.0.1', port: 1 },
      queues: [queue],
      concurrency: slots,
      coordinator: configSchema.parse({}).coordinator,
      turnDeadlineMs,
    }),
    limits: () => ({ recycleAfterJobs: 0, memory: 2 ** 40 }),
    calls: {
      deliver: () => Promise.reject(new Error('nothing is delivered here')),
      onTurn: () => undefined,
      handlers: { run: () => ({ outcome: Promise.resolve({ kind: 'handed-back' }), stop: () => undefined }), endOf: () => Promise.resolve() },
    },
    recover: () => Promise.resolve(),
    redisServes: () => true,
    untilRedisServes: () => Promise.resolve(),
    ...more,
  });
}
