import { Script } from '../sessions/script.js';
import { earlyBuckets, keptBuckets } from './kept.js';

const helpers = `
  local function whole(x) return string.format('%.0f', x) end
  local function square(micro) return math.floor(micro * micro / 1000000 + 0.5) end
  local function share(micro, weight) return math.floor(micro * weight / 1000000 + 0.5) end
`;

/**
 * Records a decision and counts its pull, once per turn: repeated, it returns what was recorded.
 * KEYS decision, arm, totals, log, intents, recent. ARGV ttlMs, kind, turnId, slot, intent, exploration in
 * millionths, nowMs, arm, propensity, 1/propensity in millionths, features, record, bucket prefix, most
 * intents, decision prefix, most decisions.
 */
export const chooseScript = new Script(`${helpers}
  local known = redis.call('HMGET', KEYS[1], 'arm', 'propensity', 'kind')
  if known[1] then return known end
  local kind, turnId, slot, intent, now = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[7]
  local cell = intent
  if intent ~= '' and redis.call('HEXISTS', KEYS[5], intent) == 0 then
    local places = redis.call('HLEN', KEYS[5])
    if places < tonumber(ARGV[14]) then redis.call('HSET', KEYS[5], intent, places) else cell = '' end
  end
  local settled = tonumber(redis.call('HGET', KEYS[3], 'settled') or '0')
  local bucket = math.floor(settled / 50)
  redis.call('HINCRBY', KEYS[2], kind, 1)
  redis.call('HINCRBY', KEYS[3], kind, 1)
  local key = ARGV[13] .. bucket
  redis.call('HSETNX', key, 'at', now)
  redis.call('HINCRBY', key, kind, 1)
  redis.call('HINCRBY', key, 'exploration', ARGV[6])
  local id = redis.call('XADD', KEYS[4], '*', 'k', 'd', 't', turnId, 'a', slot, 'i', intent, 'c', cell, 'b', bucket, 'kind', kind, 'e', ARGV[6], 'at', now, 'j', ARGV[12])
  redis.call('HSET', KEYS[1], 'arm', ARGV[8], 'slot', slot, 'propensity', ARGV[9], 'kind', kind, 'intent', intent, 'cell', cell,
    'bucket', bucket, 'weight', ARGV[10], 'x', ARGV[11], 'at', now, 'log', id)
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  if redis.call('LPUSH', KEYS[6], turnId) > tonumber(ARGV[16]) then
    local old = redis.call('RPOP', KEYS[6])
    if redis.call('HEXISTS', ARGV[15] .. old, 'reward') == 1 then redis.call('DEL', ARGV[15] .. old) end
  end
  return {}
`);

/**
 * Makes an arm known. \`born\` is the number of settled pulls before it joined, written once.
 * KEYS names, totals, arm, log. ARGV slot.
 */
export const registerScript = new Script(`
  redis.call('SADD', KEYS[1], ARGV[1])
  local settled = redis.call('HGET', KEYS[2], 'settled') or '0'
  if redis.call('HSETNX', KEYS[3], 'born', settled) == 1 then
    redis.call('XADD', KEYS[4], '*', 'k', 'a', 'a', ARGV[1], 'born', settled)
  end
  return redis.call('HGET', KEYS[3], 'born')
`);

/**
 * Keeps the implicit reward of a turn that ended and opens its feedback window, once.
 * KEYS decision, pending, latency. ARGV turnId, implicit reward in millionths, wall time the window ends, parts in words, latencyMs.
 */
export const observeScript = new Script(`
  local known = redis.call('HMGET', KEYS[1], 'arm', 'reward', 'implicit')
  if not known[1] or known[2] or known[3] then return 0 end
  redis.call('HSET', KEYS[1], 'implicit', ARGV[2], 'parts', ARGV[4])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
  redis.call('LPUSH', KEYS[3], ARGV[5])
  redis.call('LTRIM', KEYS[3], 0, 19)
  return 1
`);

/**
 * The one place where rewards enter the sums. By 'timeout' the implicit reward settles an unsettled
 * decision; by 'feedback' a first rating settles it, or amends what the timeout settled: only the
 * difference is added, so every turn counts once. Repeats change nothing and answer 0, a rating without a decision 2.
 * KEYS decision, totals, pending, cells, log, touched. ARGV turnId, by, nowMs, key of an arm without its name, the
 * same of a bucket and of a linear model, and for feedback: reward in millionths, rating, comment, ttlMs. Answers {applied, reward}.
 */
export const settleScript = new Script(`${helpers}
  local decision, totals, pending = KEYS[1], KEYS[2], KEYS[3]
  local turnId, by, now = ARGV[1], ARGV[2], ARGV[3]
  local known = redis.call('HMGET', decision, 'slot', 'reward', 'implicit', 'rating', 'arm', 'cell', 'bucket', 'weight', 'x', 'parts')
  local slot, reward, implicit, rating = known[1] or known[5], tonumber(known[2] or nil), tonumber(known[3] or nil), known[4]

  local value
  if by == 'feedback' then
    value = tonumber(ARGV[7])
    if rating then return { 0, (tonumber(rating) - 1) * 250000 } end
    redis.call('HSET', decision, 'rating', ARGV[8], 'comment', ARGV[9], 'ratedAt', now)
    -- A rating of a turn that never got an arm must not stay for ever.
    if redis.call('PTTL', decision) < 0 then redis.call('PEXPIRE', decision, ARGV[10]) end
  else
    value = implicit
  end
  redis.call('ZREM', pending, turnId)
  if by ~= 'feedback' and (reward or not implicit) then return { 0, reward or 0 } end
  if not slot then return { by == 'feedback' and 2 or 0, value } end

  local before = reward or 0
  local first = reward and 0 or 1
  local cell, bucket, weight, x = known[6] or '', tonumber(known[7] or '0'), tonumber(known[8] or '1000000'), known[9] or ''
  local sum, squares = value - before, square(value) - square(before)
  local weights, weighted = first * weight, share(value, weight) - share(before, weight)
  local arm = ARGV[4] .. slot
  redis.call('HINCRBY', arm, 'sum', whole(sum))
  redis.call('HINCRBY', arm, 'sumSq', whole(squares))
  redis.call('HINCRBY', arm, 'weighted', whole(weighted))
  redis.call('HSET', arm, 'lastRewardAt', now)
  local settled
  if first == 1 then
    redis.call('HINCRBY', arm, 'n', 1)
    redis.call('HINCRBY', arm, 'weights', whole(weights))
    settled = redis.call('HINCRBY', totals, 'settled', 1)
  else
    settled = tonumber(redis.call('HGET', totals, 'settled'))
  end
  local version = redis.call('HINCRBY', totals, 'version', 1)

  local at = slot .. '|' .. cell .. '|'
  local function add(key)
    if first == 1 then redis.call('HINCRBY', key, at .. 'n', 1) end
    redis.call('HINCRBY', key, at .. 's', whole(sum))
    redis.call('HINCRBY', key, at .. 'q', whole(squares))
  end
  add(KEYS[4])
  local current = math.floor(settled / 50)
  if first == 1 and settled % 50 == 0 then
    local old = current - ${keptBuckets}
    if old >= ${earlyBuckets} then
      redis.call('DEL', ARGV[5] .. old)
      redis.call('ZREM', KEYS[6], old)
    end
  end
  if bucket > current - ${keptBuckets} or bucket < ${earlyBuckets} then
    add(ARGV[5] .. bucket)
    redis.call('ZADD', KEYS[6], version, bucket)
  end

  if x ~= '' then
    local key = ARGV[6] .. slot
    local feature, size = {}, 0
    for number in string.gmatch(x, '[^,]+') do size = size + 1; feature[size] = tonumber(number) end
    local triangle = size * (size + 1) / 2
    local numbers, count = {}, 0
    local kept = redis.call('GET', key)
    if kept then for number in string.gmatch(kept, '[^,;]+') do count = count + 1; numbers[count] = number end end
    if count ~= triangle + size then for i = 1, triangle + size do numbers[i] = '0' end end
    local place = 0
    for row = 1, size do
      local r = feature[row]
      if r == 0 then
        place = place + size - row + 1
      else
        numbers[triangle + row] = whole(tonumber(numbers[triangle + row]) + r * sum)
        for column = row, size do
          place = place + 1
          local c = feature[column]
          if first == 1 and c ~= 0 then numbers[place] = whole(tonumber(numbers[place]) + r * c) end
        end
      end
    end
    redis.call('SET', key, table.concat(numbers, ',', 1, triangle) .. ';' .. table.concat(numbers, ',', triangle + 1, triangle + size))
  end

  local settledBy = (by == 'feedback' and reward) and 'amend' or by
  redis.call('HSET', decision, 'reward', value, 'settledBy', settledBy, 'settledAt', now)
  redis.call('XADD', KEYS[5], '*', 'k', 's', 't', turnId, 'a', slot, 'c', cell, 'b', bucket, 'n', first, 's', whole(sum), 'q', whole(squares),
    'w', whole(weights), 'r', whole(weighted), 'x', x, 'at', now, 'by', settledBy, 'v', value, 'parts', known[10] or '',
    'rating', by == 'feedback' and ARGV[8] or '', 'comment', by == 'feedback' and ARGV[9] or '')
  return { 1, value }
`);

/**
 * The state in one round trip; what has not changed since the version the caller knows is left out.
 * KEYS totals, pending, config, cells, touched, intents, latency. ARGV version known, config version known, key of an
 * arm, of a bucket and of a linear model without their names, 1 to get linear models, then the slots.
 */
export const readScript = new Script(`
  local totals = redis.call('HGETALL', KEYS[1])
  local version = redis.call('HGET', KEYS[1], 'version') or '0'
  local config = redis.call('HMGET', KEYS[3], 'version', 'json')
  local arms, cells, buckets, linear = {}, false, {}, {}
  for i = 7, #ARGV do arms[i - 6] = redis.call('HGETALL', ARGV[3] .. ARGV[i]) end
  if version ~= ARGV[1] then
    cells = redis.call('HGETALL', KEYS[4])
    for _, bucket in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '(' .. ARGV[1], '+inf')) do
      buckets[#buckets + 1] = { bucket, redis.call('HGETALL', ARGV[4] .. bucket) }
    end
    if ARGV[6] == '1' then for i = 7, #ARGV do linear[i - 6] = redis.call('GET', ARGV[5] .. ARGV[i]) or '' end end
  end
  local settings = false
  if (config[1] or '0') ~= ARGV[2] then settings = config[2] or '' end
  return { totals, redis.call('ZCARD', KEYS[2]), config[1] or '0', settings, arms, cells, buckets, linear, redis.call('HGETALL', KEYS[6]), redis.call('LRANGE', KEYS[7], 0, -1) }
`);

/** Compare-and-set of the settings. KEYS config, before. ARGV version expected, new version, new JSON, most kept. Answers 1, or 0 when somebody was faster. */
export const patchScript = new Script(`
  local known = redis.call('HMGET', KEYS[1], 'version', 'json')
  if (known[1] or '0') ~= ARGV[1] then return 0 end
  redis.call('LPUSH', KEYS[2], known[2] or '')
  redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[4]) - 1)
  redis.call('HSET', KEYS[1], 'version', ARGV[2], 'json', ARGV[3])
  return 1
`);

/** Takes the last change back under a new version. KEYS config, before. ARGV version expected. Answers the JSON in force again, or false when there is nothing to take back. */
export const undoScript = new Script(`
  local version = redis.call('HGET', KEYS[1], 'version') or '0'
  if version ~= ARGV[1] then return { 0 } end
  local before = redis.call('LPOP', KEYS[2])
  if not before then return { 1 } end
  redis.call('HSET', KEYS[1], 'version', tonumber(version) + 1, 'json', before)
  return { 2, before }
`);
