import { z } from 'zod';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { Script } from '../sessions/script.js';

/** What a worker says of itself every second, wherever it runs. */
export const workerFactsSchema = z.object({
  node: z.string(),
  host: z.string(),
  pid: z.number().int(),
  startedAtMs: z.number(),
  /** Slots, and jobs in hand, by queue. */
  slots: z.record(z.string(), z.number()),
  busy: z.record(z.string(), z.number()),
});
export type WorkerFacts = z.infer<typeof workerFactsSchema>;

export const presenceEveryMs = 1_000;
/** Silent for longer is gone. */
export const goneAfterMs = 10_000;
/** What nobody withdrew or fulfilled: a cancel must not hit a later job of the same id. */
const cancelForMs = 10 * 60_000;

/** Time is the server's: clocks of two machines differ. Answers with the jobs nobody wants any more. */
const aliveScript = new Script(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - 60000)) do
  redis.call('ZREM', KEYS[1], old)
  redis.call('HDEL', KEYS[2], old)
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - tonumber(ARGV[3]))
return redis.call('ZRANGE', KEYS[3], 0, 999)`);

const listScript = new Script(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local out = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now - tonumber(ARGV[1]), '+inf', 'LIMIT', 0, 500)) do
  local facts = redis.call('HGET', KEYS[2], name)
  if facts then out[#out + 1] = { name, math.max(0, now - redis.call('ZSCORE', KEYS[1], name)), facts } end
end
return out`);

const cancelScript = new Script(`
local t = redis.call('TIME')
redis.call('ZADD', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000), ARGV[1])
return 1`);

export const cancelKey = (queue: string, id: string): string => `${queue}:${id}`;

/** "I am here." Answers with the cancelled jobs of all workers as `queue:id`. */
export async function tellAlive(redis: Redis, keys: Keys, worker: string, facts: WorkerFacts): Promise<readonly string[]> {
  const answer = await aliveScript.run(redis, [keys.workers, keys.workerFacts, keys.jobsCancelled], [worker, JSON.stringify(facts), cancelForMs]);
  return Array.isArray(answer) ? answer.map(String) : [];
}

export async function tellGone(redis: Redis, keys: Keys, worker: string): Promise<void> {
  await redis.pipeline().zrem(keys.workers, worker).hdel(keys.workerFacts, worker).exec();
}

export interface LivingWorker extends WorkerFacts {
  readonly worker: string;
  readonly ageMs: number;
}

/** Every worker on every node that spoke within the last ten seconds. */
export async function livingWorkers(redis: Redis, keys: Keys): Promise<LivingWorker[]> {
  const rows = (await listScript.run(redis, [keys.workers, keys.workerFacts], [goneAfterMs])) as readonly (readonly [string, number, string])[];
  return rows.flatMap(([worker, ageMs, text]) => {
    const facts = workerFactsSchema.safeParse(parsed(text));
    return facts.success ? [{ worker, ageMs: Number(ageMs), ...facts.data }] : [];
  });
}

/** For whoever holds the job, wherever that is. */
export async function askToCancel(redis: Redis, keys: Keys, queue: string, id: string): Promise<void> {
  await cancelScript.run(redis, [keys.jobsCancelled], [cancelKey(queue, id)]);
}

export async function withdrawCancel(redis: Redis, keys: Keys, queue: string, id: string): Promise<void> {
  await redis.zrem(keys.jobsCancelled, cancelKey(queue, id));
}

/** What was asked for and is not over. */
export async function pendingCancels(redis: Redis, keys: Keys): Promise<{ readonly queue: string; readonly id: string }[]> {
  return (await redis.zrange(keys.jobsCancelled, '0', '999')).map((key) => ({ queue: key.slice(0, key.indexOf(':')), id: key.slice(key.indexOf(':') + 1) }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
