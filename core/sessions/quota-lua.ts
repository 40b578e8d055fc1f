import type { Keys } from '../redis/keys.js';

/** How long the counts of one day stay readable. */
const keepSeconds = 8 * 86_400;

export const quotaPrefix = (keys: Keys): string => keys.quotaOfDay(0).slice(0, -1);

/**
 * Counts of one day by the clock of the Redis server, which all nodes share and no restart of Roost moves. Where the day
 * begins is said by two offsets from UTC: now, and at its end. The newest day ever counted is kept: a clock that is set
 * back does not open a day again.
 */
export const quotaLua = `
  local function today(latestKey, nowMs, offset, nextOffset)
    offset, nextOffset = tonumber(offset) or 0, tonumber(nextOffset) or 0
    local now = tonumber(nowMs)
    if not now then
      local time = redis.call('TIME')
      now = tonumber(time[1]) * 1000
    end
    local day = math.floor((now + offset) / 86400000)
    local latest = tonumber(redis.call('GET', latestKey) or day)
    if latest > day then day = latest end
    return day, string.format('%.0f', (day + 1) * 86400000 - nextOffset)
  end
  local function keyOf(day, prefix) return prefix .. string.format('%.0f', day) end
  local function usedOn(day, prefix, user) return tonumber(redis.call('ZSCORE', keyOf(day, prefix), user) or 0) end
  local function take(day, prefix, latestKey, user)
    local used = tonumber(redis.call('ZINCRBY', keyOf(day, prefix), 1, user))
    redis.call('EXPIRE', keyOf(day, prefix), ${keepSeconds})
    redis.call('SET', latestKey, string.format('%.0f', day), 'EX', ${keepSeconds})
    return used
  end
`;
