import { UnrecoverableError } from 'bullmq';
import { canaryJobSchema } from '../core/jobs/queues.js';
import type { Redis } from '../core/redis/connection.js';
import type { Keys } from '../core/redis/keys.js';
import type { JobHandler } from './processor.js';

/** Proof outlives several rounds of the one who looks. */
const proofTtlMs = 120_000;

/** Answers "do you fetch and run jobs?" by doing so. */
export const canaryHandler =
  (redis: Redis, keys: Keys): JobHandler =>
  async (job) => {
    const canary = canaryJobSchema.safeParse(job.data);
    if (!canary.success) throw new UnrecoverableError('a canary job needs a nonce and a queue');
    await redis.set(keys.canary(canary.data.queue), canary.data.nonce, 'PX', proofTtlMs);
  };
