import { RoostError } from '../../contract/errors.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';

/** How long what a job has committed is remembered: longer than any retry, as long as a finished job is kept. */
const rememberedMs = 7 * 86_400_000;

/**
 * KEYS: the job, its effects. ARGV: fence, name, value, ms to keep. The queue library counts every start of a job in
 * `ats`: a start that is not the newest any more may change nothing, and a name that was committed keeps its first value.
 */
const commitScript = `
local started = redis.call('HGET', KEYS[1], 'ats')
if started ~= ARGV[1] then return { 'stale', started or '' } end
local known = redis.call('HGET', KEYS[2], ARGV[2])
if known then return { 'known', known } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return { 'new', ARGV[3] }`;

/** One start of one job, as its effects know it. */
export interface Attempt {
  readonly physicalQueue: string;
  readonly jobId: string;
  readonly fence: number;
}

/**
 * Records an effect of a job once, however often the job starts: answers with the value that was recorded first.
 * `conflict` when a newer start of the job exists or the job is gone: this one was given up and must stop.
 */
export async function commitEffect(redis: Redis, keys: Keys, attempt: Attempt, name: string, value: unknown): Promise<unknown> {
  const { physicalQueue, jobId, fence } = attempt;
  const at = [`${keys.bull}:${physicalQueue}:${jobId}`, keys.jobEffects(physicalQueue, jobId)];
  const answer = await redis.eval(commitScript, at.length, ...at, String(fence), name, JSON.stringify(value ?? null), String(rememberedMs));
  const [kind, text] = answer as readonly [string, string];
  if (kind === 'stale')
    throw new RoostError('conflict', `Start ${fence} of job ${jobId} was given up${text === '' ? ': the job is gone' : `: start ${text} has taken over`}.`);
  return JSON.parse(text) as unknown;
}
