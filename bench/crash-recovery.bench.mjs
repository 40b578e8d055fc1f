import { median, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { poolSettled, startAgent, startHost, startWorker } from './lib/roost.mjs';
import { until } from './lib/wait.mjs';

/** A crash this long after the start is the first of a working process. */
const settledMs = 3_000;

/** Each on a host of its own: a second crash of the same process waits longer on purpose. */
const rounds = 6;
const poolSize = 3;

async function bareStart(begin) {
  const startedMs = performance.now();
  const { stop } = await begin();
  const tookMs = performance.now() - startedMs;
  await stop();
  return tookMs;
}

/** Kills and watches over the REST door every 2 ms. */
async function crash(pid, seen, back) {
  const startedMs = performance.now();
  process.kill(pid, 'SIGKILL');
  let noticedMs;
  await until(
    `what replaces ${pid}`,
    async () => {
      if (noticedMs === undefined && (await seen())) noticedMs = performance.now() - startedMs;
      return noticedMs !== undefined && (await back());
    },
    { everyMs: 2 },
  );
  return { noticedMs, backMs: performance.now() - startedMs };
}

async function crashAgent({ http }) {
  const { slots } = await http.get('/api/pool');
  const { pid } = slots.find((slot) => slot.state === 'ready');
  const gone = async () => !(await http.get('/api/pool')).slots.some((slot) => slot.pid === pid && slot.state === 'ready');
  return crash(pid, gone, () => poolSettled(http, poolSize, pid));
}

async function crashProcess({ http }, name) {
  const find = async () => (await http.get('/api/processes')).processes.find((one) => one.name === name);
  const { pid } = await find();
  const gone = async () => {
    const now = await find();
    return now.state !== 'running' || now.pid !== pid;
  };
  const back = async () => {
    const now = await find();
    return now.state === 'running' && now.pid !== pid;
  };
  return crash(pid, gone, back);
}

await benchmark(import.meta.filename, 'Recovery after kill -9', async () => {
  const redis = await startRedis();
  const bare = { agent: [], worker: [], redis: [] };
  const roost = { agent: [], worker: [], redis: [] };
  const healthyMs = [];
  for (let round = 0; round < rounds; round++) {
    const host = await startHost();
    await until('a full pool', () => poolSettled(host.http, poolSize));
    // Only the crash of a process that has worked for a while is answered at once; one that dies on starting waits.
    await until('a stable stack', async () => (await host.http.get('/api/processes')).processes.every((one) => one.uptimeMs > settledMs), {
      deadlineMs: 30_000,
    });
    bare.agent.push(await bareStart(startAgent));
    roost.agent.push(await crashAgent(host));
    bare.worker.push(await bareStart(() => startWorker({ redis })));
    roost.worker.push(await crashProcess(host, 'worker-turns'));
    bare.redis.push(await bareStart(startRedis));
    const killedMs = performance.now();
    roost.redis.push(await crashProcess(host, 'redis'));
    await until('a healthy stack', async () => (await host.http.get('/api/health')).status === 'healthy', { deadlineMs: 60_000 });
    healthyMs.push(performance.now() - killedMs);
    await host.stop();
  }
  await redis.stop();
  const back = (name) => median(roost[name].map(({ backMs }) => backMs));
  const noticed = (name) => median(roost[name].map(({ noticedMs }) => noticedMs));
  const n = rounds;
  return {
    rows: [
      row('idle agent: pool full again, against a bare agent to its open session', 'ms', median(bare.agent), back('agent'), { aim: atMost(10_000), n }),
      row('worker: running again, against a bare worker to `ready`', 'ms', median(bare.worker), back('worker'), { aim: atMost(10_000), n }),
      row('Redis: running again, against a bare redis-server to PONG', 'ms', median(bare.redis), back('redis'), { aim: atMost(3_000), n }),
      row('agent: noticed', 'ms', null, noticed('agent'), { aim: atMost(1_000), n }),
      row('worker: noticed', 'ms', null, noticed('worker'), { aim: atMost(1_000), n }),
      row('Redis: noticed', 'ms', null, noticed('redis'), { aim: atMost(1_000), n }),
    ],
    notes: [
      `After the death of Redis the whole stack is healthy again, canary jobs included, after ${shown(median(healthyMs))} ms (median).`,
      'Each process dies once per host: the wait before a second restart grows on purpose.',
    ],
    details: { bare, roost, healthyMs },
  };
});
