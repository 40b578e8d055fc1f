import type { Queue } from 'bullmq';
import type { JobRow, JobState } from '../../../contract/job-views.js';
import type { Clock } from '../../../core/base/clock.js';
import { call, type Redis } from '../../../core/redis/connection.js';
import { Script } from '../../../core/sessions/script.js';
import { rowOf } from './job-row.js';

/** Of the data in a list. */
const previewChars = 200;
/** Looked through in one script: it holds up everything else in Redis meanwhile. */
const chunkJobs = 400;
const chunkBytes = 1_000_000;
/** One answer looks for so long and then says how far it came. */
const searchForMs = 60;

/**
 * Ids of one state in the order a person reads them: what runs next, or the newest first. Waiting jobs stand in a
 * list (the next one at its end), those with a priority behind them in a sorted set. Never more than the range asked for.
 */
const idsOf = `
local at, state = KEYS[1], ARGV[1]
local first, last = tonumber(ARGV[2]), tonumber(ARGV[3])
local function fromTail(key, a, b)
  local ids = redis.call('LRANGE', key, -1 - b, -1 - a)
  local out = {}
  for i = #ids, 1, -1 do out[#out + 1] = ids[i] end
  return out
end
local total, ids = 0, {}
if state == 'waiting' then
  local parts = { { 'l', at .. 'wait' }, { 'l', at .. 'paused' }, { 'z', at .. 'prioritized' } }
  for _, part in ipairs(parts) do
    local size = redis.call(part[1] == 'l' and 'LLEN' or 'ZCARD', part[2])
    local a, b = math.max(first - total, 0), math.min(last - total, size - 1)
    if size > 0 and a <= b then
      for _, id in ipairs(part[1] == 'l' and fromTail(part[2], a, b) or redis.call('ZRANGE', part[2], a, b)) do ids[#ids + 1] = id end
    end
    total = total + size
  end
elseif state == 'active' then
  total = redis.call('LLEN', at .. 'active')
  ids = fromTail(at .. 'active', first, math.min(last, total - 1))
else
  total = redis.call('ZCARD', at .. state)
  ids = redis.call(state == 'delayed' and 'ZRANGE' or 'ZREVRANGE', at .. state, first, last)
end
`;

const fields = `'name', 'data', 'opts', 'timestamp', 'delay', 'priority', 'processedOn', 'finishedOn', 'atm', 'failedReason', 'progress', 'pb'`;

/** Adds a job to the answer, without what would make a page of large jobs a heavy one. */
const addRow = `
local rows = {}
local function add(id, row)
  row[2] = string.sub(row[2] or '', 1, tonumber(ARGV[4]))
  row[3] = string.sub(row[3] or '', 1, 4000)
  row[10] = string.sub(row[10] or '', 1, 500)
  row[11] = string.sub(row[11] or '', 1, 1000)
  row[13] = state == 'delayed' and redis.call('ZSCORE', at .. state, id) or ''
  for k = 1, 13 do row[k] = row[k] or '' end
  rows[#rows + 1] = id
  rows[#rows + 1] = row
end
`;

const rowsScript = new Script(`${idsOf}${addRow}
for i, id in ipairs(ids) do
  local row = redis.call('HMGET', at .. id, ${fields})
  if row[1] then add(id, row) end
end
return { total, rows }`);

/** The same for those that hold a text, until enough was looked at; the third of the answer is how many were. */
const searchScript = new Script(`${idsOf}${addRow}
local looked, bytes = 0, 0
for i, id in ipairs(ids) do
  looked = looked + 1
  local row = redis.call('HMGET', at .. id, ${fields})
  if row[1] then
    local data = row[2] or ''
    bytes = bytes + #data
    if string.find(string.lower(id), ARGV[5], 1, true) or string.find(string.lower(row[1]), ARGV[5], 1, true) or string.find(string.lower(data), ARGV[5], 1, true) then
      add(id, row)
    end
  end
  if bytes > tonumber(ARGV[6]) or #rows >= 2 * tonumber(ARGV[7]) then break end
end
return { total, rows, looked }`);

export interface PageOf {
  readonly redis: Redis;
  readonly queue: Queue;
  /** The queue's name as people know it. */
  readonly name: string;
  readonly state: JobState;
  readonly clock: Clock;
}

type Answer = readonly [total: number, rows: readonly (string | readonly string[])[], looked?: number];

function rowsOf(of: PageOf, rows: Answer[1]): JobRow[] {
  const found: JobRow[] = [];
  for (let at = 0; at + 1 < rows.length; at += 2) found.push(rowOf(String(rows[at]), of.name, of.state, rows[at + 1] as readonly string[]));
  return found;
}

/** Jobs `first` to `last` (counted from 0, inclusive; of finished ones also from the far end as -1) of one state, in one round trip whose cost does not grow with the queue. */
export async function readPage(of: PageOf, first: number, last: number): Promise<{ readonly total: number; readonly jobs: JobRow[] }> {
  const [total, rows] = (await call(of.clock, rowsScript.run(of.redis, [of.queue.toKey('')], [of.state, first, last, previewChars]))) as Answer;
  return { total, jobs: rowsOf(of, rows) };
}

export interface Found {
  readonly total: number;
  readonly jobs: JobRow[];
  /** Looked at so far, from the beginning of the queue on. */
  readonly looked: number;
  /** Where to go on; null when all were looked at. */
  readonly next: number | null;
}

/**
 * Looks through jobs from `from` on for a text in id, name or data, in small steps and for a limited time. While
 * the queue moves, a job may be missed or seen twice: that is the price of never holding it up.
 */
export async function searchPage(of: PageOf, text: string, from: number, most: number): Promise<Found> {
  const { redis, queue, state, clock } = of;
  const endMs = clock.monoMs() + searchForMs;
  const jobs: JobRow[] = [];
  let at = from;
  for (;;) {
    const args = [state, at, at + chunkJobs - 1, previewChars, text.toLowerCase(), chunkBytes, most - jobs.length];
    const [total, rows, looked = 0] = (await call(clock, searchScript.run(redis, [queue.toKey('')], args))) as Answer;
    jobs.push(...rowsOf(of, rows));
    at += looked;
    if (looked === 0 || at >= total) return { total, jobs, looked: Math.min(at, total), next: null };
    if (jobs.length >= most || clock.monoMs() >= endMs) return { total, jobs, looked: at, next: at };
  }
}
