import { Redis } from 'ioredis';
import { assign } from './lib/assign.mjs';
import { BurstClient } from './lib/burst.mjs';
import { end, firstMessage, program, startForked } from './lib/children.mjs';
import { median, percentile, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { atMost, benchmark, ratioAtMost, row } from './lib/report.mjs';
import { poolSettled, startHost } from './lib/roost.mjs';
import { sleep, timed, until } from './lib/wait.mjs';

const atOnce = 50;
const rounds = Number(process.env.BENCH_ROUNDS ?? 6);
const spares = 4;
/** Rounds that do not count; the first of them is the very first burst, and after it both servers get so many requests: both run compiled code then, as they do after an hour of work. */
const unseen = 3;
const warmUps = 3_000;
/** Of the starts that come one after the other, by chance. */
const perSecond = 100;

await benchmark(import.meta.filename, `Hand-out over HTTP, ${atOnce} starts at the same moment`, async () => {
  const redis = await startRedis();
  const connection = new Redis({ path: redis.path });
  connection.defineCommand('assign', { numberOfKeys: 3, lua: assign });
  const server = startForked(program('http-server'), [redis.path]);
  const { url: bareUrl } = await firstMessage(server, (message) => message.type === 'ready');
  const host = await startHost(`pool: { size: ${atOnce + spares}, capacity: 400, memoryBudget: 16GB }\nsessions: { startsPerMinute: 10000 }\n`);
  const start = '/api/session/start';
  const times = { redis: [], http: [], roost: [], first: [], pacedHttp: [], paced: [] };
  let users = 0;
  let warm = 0;
  const sessions = [];
  const bodies = () => Array.from({ length: atOnce }, () => ({ userId: `user-${++users}` }));
  const freeAgents = () => connection.sadd('pool', ...Array.from({ length: atOnce }, (_, n) => `agent-${n}`));
  const taken = (answers) => {
    for (const { body } of answers) {
      sessions.push(body.sessionId);
      if (body.prewarmed) warm += 1;
    }
    return answers.map(({ tookMs }) => tookMs);
  };
  /** All sessions ended, the pool full, nothing under way; then connections that are open on both sides. */
  const settled = async () => {
    for (const sessionId of sessions.splice(0)) await host.http.post('/api/session/stop', { sessionId });
    await until('a full pool', () => poolSettled(host.http, atOnce + spares), { everyMs: 20, deadlineMs: 60_000 });
    // The last look for what the ended agents left behind comes a second after them.
    await sleep(1_300);
    await freeAgents();
    return Promise.all([BurstClient.open(bareUrl, undefined, atOnce), BurstClient.open(host.url, host.token, atOnce)]);
  };

  for (let round = -unseen; round < rounds; round++) {
    const [bare, roost] = await settled();
    if (round === 1 - unseen) {
      for (let n = 0; n < warmUps; n += atOnce) {
        await bare.atOnce('/assign', bodies());
        await roost.atOnce(
          start,
          Array.from({ length: atOnce }, () => ({ userId: 'returning' })),
        );
      }
      await connection.del('pool');
      await freeAgents();
      sessions.push((await roost.one(0, start, { userId: 'returning' })).body.sessionId);
      await sleep(1_000);
    }
    const keys = bodies();
    const redisMs = await Promise.all(keys.map(({ userId }) => timed(() => connection.assign('pool', `s:${userId}`, `u:${userId}`, userId, Date.now()))));
    await freeAgents();
    const httpMs = (await bare.atOnce('/assign', bodies())).map(({ tookMs }) => tookMs);
    const roostMs = taken(await roost.atOnce(start, bodies()));
    bare.close();
    roost.close();
    if (round === -unseen) times.first.push(...roostMs);
    else if (round >= 0) {
      times.redis.push(...redisMs);
      times.http.push(...httpMs);
      times.roost.push(...roostMs);
    }
  }

  const [bare, roost] = await settled();
  /** One after the other with pauses by chance (Poisson), each on a connection of its own. */
  const paced = async (client, path) => {
    const asked = [];
    for (const [n, body] of bodies().entries()) {
      asked.push(client.one(n, path, body));
      await sleep((-Math.log(1 - Math.random()) * 1_000) / perSecond);
    }
    return Promise.all(asked);
  };
  times.pacedHttp.push(...(await paced(bare, '/assign')).map(({ tookMs }) => tookMs));
  times.paced.push(...taken(await paced(roost, start)));
  bare.close();
  roost.close();

  await host.stop();
  connection.disconnect();
  await end(server);
  await redis.stop();
  const p99 = (values) => percentile(values, 0.99);
  const n = times.roost.length;
  const both = (one) => ({ text: `≤ 5 ms and ≤ 3 x`, met: atMost(5)(one).met && ratioAtMost(3)(one).met });
  return {
    rows: [
      row('p50, against a bare HTTP server that assigns in Redis', 'ms', median(times.http), median(times.roost), { aim: ratioAtMost(3), n }),
      row('p99, against the same', 'ms', p99(times.http), p99(times.roost), { aim: both, n }),
      row('p99, against the same assignments in Redis alone, without HTTP', 'ms', p99(times.redis), p99(times.roost), { n }),
      row(`${perSecond} starts a second by chance, while the pool refills, p50, against the HTTP server`, 'ms', median(times.pacedHttp), median(times.paced), {
        n: atOnce,
      }),
      row('the same, p99', 'ms', p99(times.pacedHttp), p99(times.paced), { n: atOnce }),
      row('the first burst after the start of Roost, p99', 'ms', null, p99(times.first), { n: times.first.length }),
    ],
    notes: [
      `${warm} of ${n + atOnce * (unseen + 1)} starts were served by a pre-warmed agent. All ${atOnce} requests are written in one moment on connections that are open, by a client that does nothing else; one process answers them.`,
      `The HTTP server is plain node:http with one script in Redis per request. Both had ${shown(warmUps)} requests (of a returning user, with us) and ${unseen} bursts before the first round that counts.`,
    ],
    details: times,
  };
});
