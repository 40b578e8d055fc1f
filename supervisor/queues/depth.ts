import type { Queue } from 'bullmq';
import type { QueueName } from '../../contract/config.js';
import type { QueueView } from '../../contract/state.js';
import type { Redis } from '../../core/redis/connection.js';

/**
 * For each queue prefix (ending in `:`): waiting, active, delayed, failed, completed, the timestamp of the
 * oldest waiting job ('' when none) and whether it is paused. Constant work: the oldest is looked for among
 * the next few in line, since one added in front (a canary, a retry) is not the oldest, and at the head
 * of the line by priority.
 */
const depthScript = `
local answers = {}
for i, at in ipairs(KEYS) do
  local ids = redis.call('LRANGE', at .. 'wait', -4, -1)
  for _, id in ipairs(redis.call('ZRANGE', at .. 'prioritized', 0, 0)) do ids[#ids + 1] = id end
  local oldest = ''
  for _, id in ipairs(ids) do
    local stamp = redis.call('HGET', at .. id, 'timestamp')
    if stamp and (oldest == '' or tonumber(stamp) < tonumber(oldest)) then oldest = stamp end
  end
  answers[i] = {
    redis.call('LLEN', at .. 'wait') + redis.call('LLEN', at .. 'paused') + redis.call('ZCARD', at .. 'prioritized'),
    redis.call('LLEN', at .. 'active'), redis.call('ZCARD', at .. 'delayed'),
    redis.call('ZCARD', at .. 'failed'), redis.call('ZCARD', at .. 'completed'), oldest,
    redis.call('HEXISTS', at .. 'meta', 'paused')
  }
end
return answers`;

type Row = readonly [waiting: number, active: number, delayed: number, failed: number, completed: number, oldest: string, paused?: number];

export function viewOf(row: Row, wallMs: number, workers: number): QueueView {
  const [waiting, active, delayed, failed, completed, oldest, paused] = row;
  // The clock that stamped the job may run ahead of ours.
  return {
    waiting,
    active,
    delayed,
    failed,
    completed,
    oldestWaitingMs: oldest === '' ? null : Math.max(0, wallMs - Number(oldest)),
    workers,
    paused: paused === 1,
  };
}

/** All queues in one round trip. */
export async function readDepths(
  redis: Redis,
  queues: readonly (readonly [QueueName, Queue])[],
  wallMs: number,
  workersOf: (name: QueueName) => number,
): Promise<Record<string, QueueView>> {
  const prefixes = queues.map(([, queue]) => queue.toKey(''));
  const rows = (await redis.eval(depthScript, prefixes.length, ...prefixes)) as readonly Row[];
  return Object.fromEntries(queues.flatMap(([name], index) => (rows[index] === undefined ? [] : [[name, viewOf(rows[index], wallMs, workersOf(name))]])));
}
