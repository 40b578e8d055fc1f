import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sleep, systemClock } from '../base/clock.js';
import { guardHalfOpen } from './half-open.js';
import { startTestRedis, type TestRedis } from './test-redis.js';

const limitMs = 1_200;
let server: TestRedis;
let wire: Server;
let swallow: boolean;
let redis: Redis;
let drops: string[];

/** A wire to the real server that can be cut without either end hearing of it. */
beforeEach(async () => {
  server = await startTestRedis();
  swallow = false;
  drops = [];
  wire = createServer((near) => {
    const far = dial((server.address as { path: string }).path);
    const carry = (from: Socket, to: Socket): void => {
      const dead = (): boolean => swallow || (from as Socket & { cut?: boolean }).cut === true;
      from.on('error', () => undefined).on('close', () => to.destroy());
      from.on('data', (bytes) => {
        // What was cut once stays cut, also when new connections get through again.
        if (dead()) for (const socket of [from, to]) (socket as Socket & { cut?: boolean }).cut = true;
        else to.write(bytes);
      });
    };
    carry(near, far);
    carry(far, near);
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  redis = new Redis({ port: (wire.address() as AddressInfo).port, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', (error: Error) => {
    drops.push(error.message);
    // From the first drop on everything gets through again, however late the test looks.
    swallow = false;
  });
  redis.on('connect', () => guardHalfOpen(redis, (redis as unknown as { stream: Socket }).stream, limitMs));
  await redis.ping();
});
afterEach(async () => {
  redis.disconnect();
  wire.close();
  await server.stop();
});

it('a connection that swallows everything is given up, and the question is answered over the next one', async () => {
  swallow = true;
  const answer = redis.ping();
  expect(await answer).toBe('PONG');
  expect(drops).toEqual([`no answer for ${limitMs} ms on an open connection`]);
});

it('one that owes nothing may be silent, and one that waits at the server as long as it was told', async () => {
  await sleep(systemClock, limitMs * 1.5);
  expect(await redis.blpop('nothing', 0.1)).toBeNull();
  await sleep(systemClock, limitMs * 1.5);
  expect(drops).toEqual([]);
});
