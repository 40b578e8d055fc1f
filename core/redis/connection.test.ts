import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { ManualClock } from '../base/manual-clock.js';
import { call, connectionOptions, reconnectDelayMs, redisError } from './connection.js';

describe('reconnecting', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 800],
    [5, 1_000],
    [6, 1_000],
    [5_000, 1_000],
  ])('waits before try %i for %i ms', (attempt, delayMs) => {
    expect(reconnectDelayMs(attempt)).toBe(delayMs);
  });
});

describe('options', () => {
  it('place a unix socket with its user', () => {
    const options = connectionOptions({ path: '/run/ä b/s', username: 'u', password: 'p' }, 'calls', 'n');
    expect(options).toMatchObject({
      path: '/run/ä b/s',
      username: 'u',
      password: 'p',
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectionName: 'n',
    });
    expect(options).not.toHaveProperty('keyPrefix');
  });
  it('let a blocking connection retry for ever', () => {
    expect(connectionOptions({ host: '127.0.0.1', port: 1 }, 'blocking', 'n')).toMatchObject({
      host: '127.0.0.1',
      port: 1,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
    });
  });
});

describe('errors', () => {
  it.each([
    ['connect ENOENT /x', 'redis-unavailable'],
    ['connect ECONNREFUSED 127.0.0.1:1', 'redis-unavailable'],
    ['Connection is closed.', 'redis-unavailable'],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'redis-unavailable'],
    ['LOADING Redis is loading the dataset in memory', 'redis-unavailable'],
    ['BUSY Redis is busy running a script.', 'redis-unavailable'],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'disk-full'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'redis-failed'],
  ])('%s -> %s', (message, code) => {
    expect(redisError(new Error(message))).toMatchObject({ code });
  });
  it('keeps an unexpected one', () => {
    const error = new Error('WRONGTYPE Operation against a key');
    expect(redisError(error)).toBe(error);
  });
});

it('a call without an answer ends at its deadline', async () => {
  const clock = new ManualClock();
  const outcome = call(clock, new Promise(() => undefined)).catch((error: unknown) => error);
  await clock.advance(1_999);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(1);
  expect(await outcome).toBeInstanceOf(RoostError);
  expect(await outcome).toMatchObject({ code: 'redis-unavailable' });
});
