import { Script } from '../sessions/script.js';

/**
 * Records a decision and counts its pull, once per turn: repeated, it returns what was recorded.
 * KEYS decision, arm, totals. ARGV ttlMs, kind, then the fields of the decision.
 */
export const chooseScript = new Script(`
  local known = redis.call('HMGET', KEYS[1], 'arm', 'propensity', 'kind')
  if known[1] then return known end
  redis.call('HSET', KEYS[1], unpack(ARGV, 3))
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
  redis.call('HINCRBY', KEYS[3], ARGV[2], 1)
  return {}
`);

/**
 * Makes an arm known. \`born\` is the number of settled pulls before it joined, written once.
 * KEYS names, totals, arm. ARGV arm.
 */
export const registerScript = new Script(`
  redis.call('SADD', KEYS[1], ARGV[1])
  local settled = redis.call('HGET', KEYS[2], 'settled') or '0'
  redis.call('HSETNX', KEYS[3], 'born', settled)
  return redis.call('HGET', KEYS[3], 'born')
`);

/**
 * Keeps the implicit reward of a turn that ended and opens its feedback window, once.
 * KEYS decision, pending. ARGV turnId, implicit reward in millionths, wall time the window ends.
 */
export const observeScript = new Script(`
  local known = redis.call('HMGET', KEYS[1], 'arm', 'reward', 'implicit')
  if not known[1] or known[2] or known[3] then return 0 end
  redis.call('HSET', KEYS[1], 'implicit', ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
  return 1
`);

/**
 * The one place where rewards enter the sums. By 'timeout' the implicit reward settles an unsettled
 * decision; by 'feedback' a first rating settles it, or amends what the timeout settled: only the
 * difference is added, so every turn counts once. Repeats change nothing and answer 0.
 * KEYS decision, totals, pending. ARGV turnId, by, nowMs, key of an arm without its name, and for
 * feedback: reward in millionths, rating, comment, ttlMs. Answers {applied, reward}.
 */
export const settleScript = new Script(`
  local decision, totals, pending = KEYS[1], KEYS[2], KEYS[3]
  local turnId, by, now, armKey = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local known = redis.call('HMGET', decision, 'arm', 'reward', 'implicit', 'rating')
  local arm, reward, implicit, rating = known[1], tonumber(known[2] or nil), tonumber(known[3] or nil), known[4]
  local function square(micro) return math.floor(micro * micro / 1000000 + 0.5) end

  local value
  if by == 'feedback' then
    value = tonumber(ARGV[5])
    if rating then return { 0, (tonumber(rating) - 1) * 250000 } end
    redis.call('HSET', decision, 'rating', ARGV[6], 'comment', ARGV[7], 'ratedAt', now)
    -- A rating of a turn that never got an arm must not stay for ever.
    if redis.call('PTTL', decision) < 0 then redis.call('PEXPIRE', decision, ARGV[8]) end
  else
    value = implicit
  end
  redis.call('ZREM', pending, turnId)
  if by ~= 'feedback' and (reward or not implicit) then return { 0, reward or 0 } end
  if not arm then return { by == 'feedback' and 1 or 0, value } end

  local arms = armKey .. arm
  if not reward then
    redis.call('HINCRBY', arms, 'n', 1)
    redis.call('HINCRBY', totals, 'settled', 1)
  end
  redis.call('HINCRBY', arms, 'sum', value - (reward or 0))
  redis.call('HINCRBY', arms, 'sumSq', square(value) - square(reward or 0))
  redis.call('HSET', arms, 'lastRewardAt', now)
  redis.call('HSET', decision, 'reward', value, 'settledBy', by, 'settledAt', now)
  redis.call('HINCRBY', totals, 'version', 1)
  return { 1, value }
`);
