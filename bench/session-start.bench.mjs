import { Redis } from 'ioredis';
import { end, firstMessage, program, startForked } from './lib/children.mjs';
import { HttpClient } from './lib/http.mjs';
import { median, percentile } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { poolSettled, startHost } from './lib/roost.mjs';
import { timed, until } from './lib/wait.mjs';

const poolSize = 20;
const aloneRounds = 120;
const batches = 5;

const config = `pool: { size: ${poolSize}, capacity: 500 }\nsessions: { startsPerMinute: 10000 }\n`;

await benchmark(import.meta.filename, 'Session start over HTTP, warm agent', async () => {
  const redis = await startRedis();
  const connection = new Redis({ path: redis.path });
  const server = startForked(program('http-server'), [redis.path]);
  const { url } = await firstMessage(server, (message) => message.type === 'ready');
  const bare = new HttpClient(url);
  const host = await startHost(config);

  const times = { redis: [], echo: [], both: [], alone: [], row: [], rowBare: [], burst: [], burstBare: [] };
  const share = { starts: 0, prewarmed: 0 };
  let users = 0;
  let open = [];

  const roundTrip = () => timed(() => connection.set('session:bench', 'x'.repeat(300), 'PX', 60_000));
  const ask = (path) => timed(() => bare.post(path, { userId: `user-${++users}` }));
  const startSession = async () => {
    let answer;
    const tookMs = await timed(async () => {
      answer = await host.http.post('/api/session/start', { userId: `user-${++users}` });
    });
    if (answer.status !== 'ready') throw new Error(`a start was answered with ${answer.status}`);
    open.push(answer.sessionId);
    share.starts += 1;
    if (answer.prewarmed) share.prewarmed += 1;
    return tookMs;
  };
  /** All sessions ended, their agents gone, the pool full, nothing starting. */
  const settle = async () => {
    for (const sessionId of open) await host.http.post('/api/session/stop', { sessionId });
    open = [];
    await until('a full pool', () => poolSettled(host.http, poolSize), { everyMs: 10, deadlineMs: 60_000 });
  };

  await settle();
  for (let i = 0; i < 20; i++) await Promise.all([roundTrip(), ask('/echo'), ask('/redis')]);
  for (let i = 0; i < 10; i++) await startSession();
  await settle();
  share.starts = 0;
  share.prewarmed = 0;

  for (let i = 0; i < aloneRounds; i++) {
    times.redis.push(await roundTrip());
    times.echo.push(await ask('/echo'));
    times.both.push(await ask('/redis'));
    times.alone.push(await startSession());
    await settle();
  }
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < poolSize; i++) times.rowBare.push(await ask('/redis'));
    for (let i = 0; i < poolSize; i++) times.row.push(await startSession());
    await settle();
    const all = (one) => Promise.all(Array.from({ length: poolSize }, one));
    times.burstBare.push(...(await all(() => ask('/redis'))));
    times.burst.push(...(await all(startSession)));
    await settle();
  }

  await host.stop();
  bare.close();
  connection.disconnect();
  await end(server);
  await redis.stop();

  const aim = atMost(500);
  const p99 = (values) => percentile(values, 0.99);
  const n = aloneRounds;
  const batchN = batches * poolSize;
  return {
    rows: [
      row('one at a time, p50, against one Redis round trip', 'ms', median(times.redis), median(times.alone), { n }),
      row('one at a time, p50, against a bare HTTP echo', 'ms', median(times.echo), median(times.alone), { n }),
      row('one at a time, p50, against a bare HTTP server that writes once to Redis', 'ms', median(times.both), median(times.alone), { aim, n }),
      row('one at a time, p99, against the same', 'ms', p99(times.both), p99(times.alone), { aim, n }),
      row(`${poolSize} in a row while the pool refills, p50`, 'ms', median(times.rowBare), median(times.row), { aim, n: batchN }),
      row(`${poolSize} in a row while the pool refills, p99`, 'ms', p99(times.rowBare), p99(times.row), { aim, n: batchN }),
      row(`${poolSize} at the same moment, p50`, 'ms', median(times.burstBare), median(times.burst), { aim, n: batchN }),
      row(`${poolSize} at the same moment, p99`, 'ms', p99(times.burstBare), p99(times.burst), { aim, n: batchN }),
    ],
    notes: [`${share.prewarmed} of ${share.starts} starts were served by a pre-warmed agent; pool of ${poolSize}.`],
    details: { times, share },
  };
});
