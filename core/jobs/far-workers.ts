import { z } from 'zod';
import { type WorkerView, workerViewSchema } from '../../contract/work-methods.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';

/** A worker that was not heard of for so long is gone. */
export const farWorkerTtlMs = 10_000;
export const farWorkerBeatMs = 2_000;

const entrySchema = z.object({ atMs: z.number(), view: workerViewSchema });

/** A worker on another machine tells all nodes that it is there. */
export async function announceFarWorker(redis: Redis, keys: Keys, view: WorkerView, wallMs: number): Promise<void> {
  await redis.hset(keys.farWorkers, `${view.machine ?? ''}/${view.name}`, JSON.stringify({ atMs: wallMs, view }));
}

export async function forgetFarWorker(redis: Redis, keys: Keys, view: Pick<WorkerView, 'machine' | 'name'>): Promise<void> {
  await redis.hdel(keys.farWorkers, `${view.machine ?? ''}/${view.name}`);
}

/** Those heard of lately; the entries of dead ones are taken out. */
export async function readFarWorkers(redis: Redis, keys: Keys, wallMs: number): Promise<readonly WorkerView[]> {
  const entries = Object.entries(await redis.hgetall(keys.farWorkers)).map(([field, text]) => ({ field, entry: parsed(text) }));
  // The clock of the other machine may run ahead or behind.
  const dead = entries.filter(({ entry }) => entry === undefined || Math.abs(wallMs - entry.atMs) > farWorkerTtlMs);
  if (dead.length > 0) await redis.hdel(keys.farWorkers, ...dead.map(({ field }) => field));
  return entries.flatMap((one) => (one.entry === undefined || dead.includes(one) ? [] : [one.entry.view]));
}

function parsed(text: string): z.infer<typeof entrySchema> | undefined {
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
