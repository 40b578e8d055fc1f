import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { startTestRedis } from '../../core/redis/test-redis.js';
import { eventually, openDesk } from '../sessions/test-desk.js';
import { PoolPublisher } from './pool-publisher.js';

let server: Awaited<ReturnType<typeof startTestRedis>>;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());

it('shows the pool in Redis the way an operator reads it, adds its counts to those before, and clears up', async () => {
  const desk = await openDesk(server.address, { size: 2 });
  const { pool, launcher, redis, keys, sessions } = desk;
  await redis.hset('t:pool:stats', 'total_spawned', 10);
  const publisher = new PoolPublisher({ pool, logFor: (name) => launcher.logFor(name), redis, keys, clock: systemClock, log: silentLog });
  publisher.start();
  await eventually(async () => expect((await redis.smembers('t:pool:ready')).sort()).toEqual(['agent-1', 'agent-2']));
  launcher.named('agent-1').log.write('err', 'hello');
  await sessions.begin({ userId: 'ann' });
  await eventually(async () => {
    expect((await redis.smembers('t:pool:ready')).sort()).toEqual(['agent-2', 'agent-3']);
    expect(await redis.get('t:pool:target')).toBe('2');
    expect(await redis.hgetall('t:pool:stats')).toMatchObject({ total_spawned: '13', total_assigned: '1', prewarmed_hits: '1' });
    expect(await redis.get('t:agent:agent-1:pid')).toBe('1000');
    expect(await redis.hgetall('t:agent:agent-1:health')).toMatchObject({ status: 'assigned', last_check: expect.stringContaining('T') });
    expect(await redis.lrange('t:agent:agent-1:logs', 0, -1)).toEqual(['hello']);
    expect(await redis.ttl('t:agent:agent-1:health')).toBeGreaterThan(0);
  });
  await publisher.stop();
  expect(await redis.keys('t:agent:*:pid')).toEqual([]);
  expect(await redis.exists('t:pool:ready')).toBe(0);
  await desk.close();
});
