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

it('two nodes on one Redis wrote over the agents of each other: now each has its own names there', async () => {
  const [one, two] = [await openDesk(server.address, { size: 1 }), await openDesk(server.address, { size: 2, node: 'n2' })];
  const publish = ({ pool, launcher, redis, keys }: typeof one, node: string) =>
    new PoolPublisher({ pool, logFor: (name) => launcher.logFor(name), redis, keys, clock: systemClock, log: silentLog, node }).publish();
  await eventually(() => expect([one.pool.view(0).ready, two.pool.view(0).ready]).toEqual([1, 2]));
  await one.redis.sadd('t:pool:ready', 'agent-7@n1');
  await publish(two, 'n2');
  await publish(one, 'n1');
  expect((await one.redis.smembers('t:pool:ready')).sort()).toEqual(['agent-1@n1', 'agent-1@n2', 'agent-2@n2']);
  expect((await one.redis.keys('t:agent:*:pid')).sort()).toEqual(['t:agent:agent-1@n1:pid', 't:agent:agent-1@n2:pid', 't:agent:agent-2@n2:pid']);
  await two.pool.stop();
  await publish(two, 'n2');
  expect(await one.redis.smembers('t:pool:ready')).toEqual(['agent-1@n1']);
  await Promise.all([one.close(), two.close()]);
});
