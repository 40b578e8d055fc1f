import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { opened, resolved } from './incident.js';
import { IncidentList, keptIncidents } from './incident-list.js';

let redis: TestRedis;
let connection: Redis;
beforeAll(async () => {
  redis = await startTestRedis();
  connection = connect(redis.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, connection, 30_000);
});
afterAll(async () => {
  connection.disconnect();
  await redis.stop();
});

it('keeps one entry per incident, the newest first, and no more than its bound', async () => {
  const list = new IncidentList({ clock: systemClock, key: 'roost:incidents' });
  const incident = (n: number) => opened(`i-${n}`, { atMs: n, process: 'redis', exit: null, message: 'm', lines: [], kind: 'down' }, 0);
  await list.put(connection, incident(1));
  await list.put(connection, incident(2));
  await list.put(connection, resolved(incident(2), 9));
  expect(await list.read(connection)).toMatchObject([
    { id: 'i-2', status: 'resolved', recoveryMs: 7 },
    { id: 'i-1', status: 'open' },
  ]);
  // What somebody else wrote into the list does no harm.
  await connection.lpush('roost:incidents', 'no json', '7');
  for (let n = 3; n < keptIncidents + 20; n++) await list.put(connection, incident(n));
  expect(await connection.llen('roost:incidents')).toBe(keptIncidents);
  expect((await list.read(connection))[0]).toMatchObject({ id: `i-${keptIncidents + 19}` });
});
