import type { Queue } from 'bullmq';

/** `max` jobs of a queue begin within any `everyMs`, over all its workers on every node. */
export interface QueueRate {
  readonly max: number;
  readonly everyMs: number;
}

/** Kept in the queue itself: workers look at each fetch. The window that runs is forgotten, so that the new one counts at once. */
export async function setRate(queue: Queue, rate: QueueRate | null): Promise<void> {
  if (rate === null) await queue.removeGlobalRateLimit();
  else await queue.setGlobalRateLimit(rate.max, rate.everyMs);
  await queue.removeRateLimitKey();
}

export async function rateOf(queue: Queue): Promise<QueueRate | null> {
  const rate = await queue.getGlobalRateLimit();
  return rate === null ? null : { max: rate.max, everyMs: rate.duration };
}
