import { Redis } from 'ioredis';
import { median, percentile } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { poolSettled, startHost } from './lib/roost.mjs';
import { timed, until } from './lib/wait.mjs';

const atOnce = 50;
const rounds = Number(process.env.BENCH_ROUNDS ?? 4);
const spares = 4;

/** What any assignment costs in Redis: a free agent taken and written down for its user, in one step. */
const assign = `
  local agent = redis.call('SPOP', KEYS[1])
  redis.call('HSET', KEYS[2], 'agent', agent or '', 'user', ARGV[1], 'status', 'ready', 'at', ARGV[2])
  redis.call('SET', KEYS[3], KEYS[2])
  return agent`;

await benchmark(import.meta.filename, `Hand-out over HTTP, ${atOnce} starts at the same moment`, async () => {
  const redis = await startRedis();
  const connection = new Redis({ path: redis.path });
  const host = await startHost(
    `pool: { size: ${atOnce + spares}, capacity: 400, memoryBudget: 16GB, spawnConcurrency: 8 }\nsessions: { startsPerMinute: 10000 }\n`,
  );
  let users = 0;
  let warm = 0;
  const all = (one) => Promise.all(Array.from({ length: atOnce }, () => timed(one)));
  const times = { bare: [], roost: [] };
  const sessions = [];
  for (let round = -1; round < rounds; round++) {
    await until('a full pool', () => poolSettled(host.http, atOnce + spares), { everyMs: 20, deadlineMs: 60_000 });
    await connection.sadd('pool', ...Array.from({ length: atOnce }, (_, n) => `agent-${n}`));
    const bare = await all(() => connection.eval(assign, 3, 'pool', `s:${++users}`, `u:${users}`, `user-${users}`, Date.now()));
    const roost = await all(async () => {
      const answer = await host.http.post('/api/session/start', { userId: `user-${++users}` });
      sessions.push(answer.sessionId);
      if (answer.prewarmed) warm += 1;
    });
    for (const id of sessions.splice(0)) await host.http.post('/api/session/stop', { sessionId: id });
    if (round < 0) {
      warm = 0;
      continue;
    }
    times.bare.push(...bare);
    times.roost.push(...roost);
  }
  await host.stop();
  connection.disconnect();
  await redis.stop();
  const p99 = (values) => percentile(values, 0.99);
  const n = times.roost.length;
  return {
    rows: [
      row('p50, against a bare Redis assignment', 'ms', median(times.bare), median(times.roost), { n }),
      row('p99, against the same', 'ms', p99(times.bare), p99(times.roost), { aim: atMost(5), n }),
    ],
    notes: [
      `${warm} of ${n} starts were served by a pre-warmed agent. All ${atOnce} requests leave one process at once and are answered by one: the last one waits for the other ${atOnce - 1} on both sides.`,
    ],
    details: times,
  };
});
