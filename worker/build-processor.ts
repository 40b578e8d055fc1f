import type { Queue } from 'bullmq';
import type { FromWorker, WorkerStart } from '../contract/messages.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { ArmStore } from '../core/coordinator/arm-store.js';
import { countDeath, poisonDeaths } from '../core/jobs/deaths.js';
import { jobNames, physicalQueue } from '../core/jobs/queues.js';
import type { Redis } from '../core/redis/connection.js';
import type { Keys } from '../core/redis/keys.js';
import { TurnStore } from '../core/sessions/turn-store.js';
import { canaryHandler } from './canary-handler.js';
import { coachHandler } from './coach-handler.js';
import type { Deliveries } from './deliveries.js';
import { FollowUps } from './follow-ups.js';
import { Processor } from './processor.js';
import type { RemoteRuns } from './remote-runs.js';
import type { Slots } from './slots.js';
import { TurnHandler } from './turn-handler.js';

interface Parts {
  readonly start: WorkerStart;
  settings(): Pick<WorkerStart, 'coordinator' | 'turnDeadlineMs'>;
  readonly slots: Slots;
  readonly deliveries: Deliveries;
  readonly runs: RemoteRuns;
  readonly send: (message: FromWorker) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly arms: ArmStore;
  /** The queues that a turn that ends adds to. */
  readonly turns: Queue;
  readonly coach: Queue;
}

/** Who does which job: turns, coaching and canaries here, everything else in a process of its own. */
export function buildProcessor(parts: Parts): Processor {
  const { start, settings, slots, deliveries, runs, send, clock, log, redis, keys, arms } = parts;
  const turns = new TurnStore(redis, keys);
  const followUps = new FollowUps({ turns: parts.turns, coach: parts.coach });
  const turnHandler = new TurnHandler({
    turns,
    arms,
    deliveries,
    followUps,
    send,
    clock,
    log,
    get coordinator() {
      return settings().coordinator;
    },
    get turnDeadlineMs() {
      return settings().turnDeadlineMs;
    },
  });
  return new Processor({
    slots,
    handlers: {
      [jobNames.turn]: (job, slot, stop) => turnHandler.handle(job, slot, stop.signal),
      [jobNames.coach]: coachHandler({ turns, send }),
      [jobNames.canary]: canaryHandler(redis, keys),
    },
    elsewhere: (queue, job, slot, held) =>
      runs.run(queue, job, slot, held, async () => {
        const deaths = await countDeath(redis, `${keys.bull}:${physicalQueue(queue, start.node)}:${job.id ?? ''}`);
        return { deaths, poison: deaths >= poisonDeaths };
      }),
    clock,
  });
}
