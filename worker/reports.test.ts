import { expect, it } from 'vitest';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import type { Redis } from '../core/redis/connection.js';
import { keysFor } from '../core/redis/keys.js';
import { Reports } from './reports.js';

it('says nothing while Redis is away, instead of a word for each second in a queue, and speaks again when it is back', async () => {
  const clock = new ManualClock();
  const asked: string[] = [];
  const connection = { status: 'reconnecting' };
  const redis = new Proxy(connection, {
    get: (of, name) => {
      if (name === 'status') return of.status;
      return () => {
        asked.push(String(name));
        return Promise.resolve([]);
      };
    },
  });
  const reports = new Reports({
    redis: redis as unknown as Redis,
    keys: keysFor('t'),
    worker: 'n1.worker-jobs',
    node: 'n1',
    clock,
    log: silentLog,
    slots: () => ({}),
    busy: () => ({}),
    cancel: () => undefined,
  });
  reports.start();
  await clock.advance(60_000);
  expect(asked).toEqual([]);
  connection.status = 'ready';
  await clock.advance(2_000);
  expect(asked.length).toBeGreaterThan(0);
  reports.abandon();
});
