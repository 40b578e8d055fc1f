import { Script } from '../sessions/script.js';

/**
 * The whole state and the id of the last entry of the log, at one moment.
 * KEYS totals, names, cells, intents, touched, log, base. ARGV keys of an arm, a bucket, a linear model without their names.
 */
export const exportScript = new Script(`
  local arms, buckets, linear = {}, {}, {}
  for _, slot in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    arms[#arms + 1] = { slot, redis.call('HGETALL', ARGV[1] .. slot) }
    linear[#linear + 1] = { slot, redis.call('GET', ARGV[3] .. slot) or '' }
  end
  local settled = tonumber(redis.call('HGET', KEYS[1], 'settled') or '0')
  local current = math.floor(settled / 50)
  local function take(index)
    local bucket = redis.call('HGETALL', ARGV[2] .. index)
    if #bucket > 0 then buckets[#buckets + 1] = { tostring(index), bucket } end
  end
  for index = 0, math.min(5, current) do take(index) end
  for index = math.max(6, current - 255), current do take(index) end
  local last = redis.call('XREVRANGE', KEYS[6], '+', '-', 'COUNT', 1)
  return { redis.call('HGETALL', KEYS[1]), arms, redis.call('HGETALL', KEYS[3]), buckets, linear, redis.call('HGETALL', KEYS[4]), last[1] and last[1][1] or '0-0', redis.call('GET', KEYS[7]) or '' }
`);

/** Cuts the log off after \`base\` took its beginning over; refused when another did it. KEYS log, base. ARGV base expected, new base, first id to keep. */
export const cutScript = new Script(`
  if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[2], ARGV[2])
  redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3])
  return 1
`);

/** Marks a state of an older layout as its own beginning, once. KEYS totals, names, cells, base. ARGV key of an arm without its name. Answers 1 when there was one. */
export const migrateScript = new Script(`
  if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'layout') == 1 or redis.call('EXISTS', KEYS[3]) == 1 then
    redis.call('HSETNX', KEYS[1], 'layout', 2)
    return 0
  end
  for _, slot in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    local sums = redis.call('HMGET', ARGV[1] .. slot, 'n', 'sum', 'sumSq')
    if sums[1] then redis.call('HSET', KEYS[3], slot .. '||n', sums[1], slot .. '||s', sums[2] or '0', slot .. '||q', sums[3] or '0') end
  end
  redis.call('HSET', KEYS[1], 'layout', 2)
  return 1
`);

/**
 * Replaces the state. KEYS totals, names, cells, intents, touched, log, base. ARGV keys of an arm, a bucket, a linear
 * model without their names, new base, then triples: kind (totals, arm, cells, bucket, linear, intents), name, values as field,value,...
 */
export const importScript = new Script(`
  for _, slot in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('DEL', ARGV[1] .. slot, ARGV[3] .. slot) end
  local settled = tonumber(redis.call('HGET', KEYS[1], 'settled') or '0')
  local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
  for index = 0, math.floor(settled / 50) do redis.call('DEL', ARGV[2] .. index) end
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
  local at = 5
  while at <= #ARGV do
    local kind, name, text = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    local key
    if kind == 'totals' then key = KEYS[1]
    elseif kind == 'cells' then key = KEYS[3]
    elseif kind == 'intents' then key = KEYS[4]
    elseif kind == 'bucket' then key = ARGV[2] .. name
    elseif kind == 'arm' then key = ARGV[1] .. name; redis.call('SADD', KEYS[2], name) end
    if kind == 'linear' then
      redis.call('SET', ARGV[3] .. name, text)
    else
      local list = cjson.decode(text)
      for i = 1, #list, 2 do redis.call('HSET', key, list[i], list[i + 1]) end
      if kind == 'bucket' then redis.call('ZADD', KEYS[5], 1, name) end
    end
    at = at + 3
  end
  redis.call('SET', KEYS[7], ARGV[4])
  redis.call('XTRIM', KEYS[6], 'MAXLEN', 0)
  return version
`);
