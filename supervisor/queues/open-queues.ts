import { Queue } from 'bullmq';
import type { QueueName } from '../../contract/config.js';
import type { RedisAddress } from '../../contract/messages.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import { physicalQueue } from '../../core/jobs/queues.js';
import { call, connect, type Redis, whenReady } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';

/** The connection of the supervisor to its queues: one for all of them. */
export interface Opened {
  readonly redis: Redis;
  readonly queues: Map<QueueName, Queue>;
}

interface Door {
  readonly address: () => RedisAddress;
  readonly keys: Keys;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Resolves once every queue answers; a failed opening leaves nothing behind. */
export async function openQueues(door: Door, names: readonly QueueName[], deadlineMs: number): Promise<Opened> {
  const { address, log, clock } = door;
  const redis = connect(address(), 'calls', 'roost-queues', log);
  const queues = new Map<QueueName, Queue>();
  try {
    await whenReady(clock, redis, deadlineMs);
    for (const name of names) queues.set(name, connectQueue(door, name, redis));
    await call(clock, Promise.all([...queues.values()].map((queue) => queue.waitUntilReady())), deadlineMs);
    return { redis, queues };
  } catch (error) {
    await releaseQueues(clock, { redis, queues }, 1_000);
    throw error;
  }
}

export function connectQueue({ keys, node, log }: Door, name: QueueName, redis: Redis): Queue {
  // An instance, not options: this library cannot load its own client from an ES module bundle.
  const queue = new Queue(physicalQueue(name, node), { connection: redis, prefix: keys.bull });
  queue.on('error', (error) => log.debug('queue error', { queue: name, error: error.message }));
  return queue;
}

/** Never hangs, also while Redis is gone. */
export async function releaseQueues(clock: Clock, { redis, queues }: Opened, deadlineMs: number): Promise<void> {
  const closed = Promise.allSettled([...queues.values()].map((queue) => queue.close()));
  await within(clock, deadlineMs, closed);
  redis.disconnect();
}
