import type { Redis } from '../redis/connection.js';

/** As many processes a job may take down with it; then it is the job that is broken. */
export const poisonDeaths = 3;

/** A field of the job's own hash, so that the count lives and dies with the job. A job that is gone gets none. */
const countDeathScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[1], 'roostDeaths', 1)`;

/** Counts one more process that died while it ran the job under this key; answers with the number so far. */
export async function countDeath(redis: Redis, jobKey: string): Promise<number> {
  return Number(await redis.eval(countDeathScript, 1, jobKey));
}
