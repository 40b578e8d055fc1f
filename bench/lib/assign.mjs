/** What any assignment costs in Redis: a free agent taken and written down for its user, in one step. */
export const assign = `
  local agent = redis.call('SPOP', KEYS[1])
  redis.call('HSET', KEYS[2], 'agent', agent or '', 'user', ARGV[1], 'status', 'ready', 'at', ARGV[2])
  redis.call('SET', KEYS[3], KEYS[2])
  return agent`;
