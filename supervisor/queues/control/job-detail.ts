import type { Queue } from 'bullmq';
import { type JobAttempt, type JobDetail, type JobRow, type JobState, jobStates } from '../../../contract/job-views.js';
import type { Clock } from '../../../core/base/clock.js';
import { turnJobSchema } from '../../../core/jobs/queues.js';
import { call, type Redis } from '../../../core/redis/connection.js';
import { Script } from '../../../core/sessions/script.js';
import { parsed, rowOf } from './job-row.js';
import { actsOf } from './job-rules.js';

/** Of data and result each: more is told as text and marked as cut. */
const maxValueChars = 300_000;
const maxLogLines = 500;
const maxLogChars = 2_000;

/** Everything of one job at one moment, so that its state fits its fields. */
const detailScript = new Script(`
local at, id, most = KEYS[1], ARGV[1], tonumber(ARGV[2])
local key = at .. id
local row = redis.call('HMGET', key, 'name', 'data', 'opts', 'timestamp', 'delay', 'priority', 'processedOn', 'finishedOn', 'atm', 'failedReason',
  'progress', 'pb', 'name', 'returnvalue', 'stacktrace', 'roostTries', 'roostDeaths')
if not row[1] then return false end
row[13] = redis.call('ZSCORE', at .. 'delayed', id)
for k = 1, 17 do row[k] = row[k] or '' end
local cut = #row[2] > most or #row[14] > most
row[2] = string.sub(row[2], 1, most)
row[14] = string.sub(row[14], 1, most)
row[15] = string.sub(row[15], 1, 200000)
local state = 'unknown'
if redis.call('ZSCORE', at .. 'completed', id) then state = 'completed'
elseif redis.call('ZSCORE', at .. 'failed', id) then state = 'failed'
elseif row[13] ~= '' then state = 'delayed'
elseif redis.call('LPOS', at .. 'active', id) then state = 'active'
elseif redis.call('ZSCORE', at .. 'prioritized', id) or redis.call('LPOS', at .. 'wait', id) or redis.call('LPOS', at .. 'paused', id) then state = 'waiting'
end
local logs = redis.call('LRANGE', key .. ':logs', -tonumber(ARGV[3]), -1)
for i, line in ipairs(logs) do logs[i] = string.sub(line, 1, tonumber(ARGV[4])) end
return { state, row, cut and 1 or 0, logs, redis.call('LLEN', key .. ':logs') }`);

type Answer = readonly [state: string, fields: readonly string[], cut: number, logs: readonly string[], logLines: number];

/** A job with everything there is to know; undefined when there is none of this id. */
export async function readJob(options: {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly name: string;
  readonly id: string;
  readonly clock: Clock;
}): Promise<JobDetail | undefined> {
  const { redis, queue, name, id, clock } = options;
  const answer = (await call(clock, detailScript.run(redis, [queue.toKey('')], [id, maxValueChars, maxLogLines, maxLogChars]))) as Answer | null;
  if (answer === null) return undefined;
  const [found, fields, cut, logs, logLines] = answer;
  // Between two of the library's own steps a job may stand nowhere; to a person it is on its way.
  const state: JobState = jobStates.find((known) => known === found) ?? 'waiting';
  const row = rowOf(id, name, state, fields);
  const [result = '', stacks = '', tries = '', deaths = ''] = fields.slice(13);
  const data = whatIs(row.preview);
  const turn = turnJobSchema.safeParse(data);
  const attempts = attemptsOf(row, tries, stacks);
  return {
    ...row,
    preview: row.preview.slice(0, 200),
    data,
    result: result === '' ? null : whatIs(result),
    cut: cut === 1,
    logs: [...logs],
    logLines,
    tries: attempts,
    timeline: timelineOf(row, attempts),
    deaths: Number(deaths) || 0,
    turn: turn.success ? turn.data : null,
    acts: actsOf(row),
  };
}

/** A value that was cut is no JSON any more and is shown as the text it is. */
const whatIs = (text: string): unknown => parsed(text) ?? text;

interface NotedTry {
  readonly n?: unknown;
  readonly t?: unknown;
  readonly r?: unknown;
  readonly k?: unknown;
  readonly e?: unknown;
}

/** Tries that failed: what our workers noted, with the stacks the library keeps, which belong to the last of them. */
export function attemptsOf(row: Pick<JobRow, 'attempts'>, tries: string, stacks: string): JobAttempt[] {
  const noted = list(parsed(tries)).map((one) => one as NotedTry);
  const traces = list(parsed(stacks)).map(String);
  const count = Math.max(noted.length, traces.length);
  return Array.from({ length: count }, (_, index) => {
    const one = noted[index - count + noted.length];
    const stack = traces[index - count + traces.length] ?? null;
    return {
      attempt: typeof one?.n === 'number' ? one.n : Math.max(1, row.attempts - count + index + 1),
      atMs: typeof one?.t === 'number' ? one.t : null,
      runMs: typeof one?.r === 'number' ? one.r : null,
      worker: typeof one?.k === 'string' ? one.k : null,
      error: typeof one?.e === 'string' ? one.e : (stack?.split('\n')[0] ?? 'unknown'),
      stack,
    };
  });
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What happened to it, the oldest first. */
export function timelineOf(row: JobRow, attempts: readonly JobAttempt[]): JobDetail['timeline'] {
  const by = row.worker === null ? '' : ` by ${row.worker}`;
  const steps = [
    { atMs: row.createdAtMs, kind: 'added', text: 'Added to the queue' },
    ...attempts.flatMap(({ atMs, attempt, error, worker }) =>
      atMs === null || (row.state === 'failed' && attempt === row.attempts && row.finishedAtMs !== null)
        ? []
        : [{ atMs, kind: 'attempt-failed', text: `Try ${attempt} failed${worker === null ? '' : ` at ${worker}`}: ${error}` }],
    ),
    ...(row.startedAtMs === null ? [] : [{ atMs: row.startedAtMs, kind: 'started', text: `Taken${by}` }]),
    ...(row.finishedAtMs === null
      ? []
      : [{ atMs: row.finishedAtMs, kind: row.state, text: row.state === 'failed' ? `Failed: ${row.error ?? 'no reason given'}` : 'Completed' }]),
    ...(row.dueAtMs === null ? [] : [{ atMs: row.dueAtMs, kind: 'due', text: 'Runs again or for the first time' }]),
  ];
  return steps.sort((a, b) => a.atMs - b.atMs);
}
