import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { end, firstLine, program, start } from './lib/children.mjs';
import { median } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { benchmark, row } from './lib/report.mjs';
import { poolSettled, startHost } from './lib/roost.mjs';
import { sleep, until } from './lib/wait.mjs';

const idleMs = 6_000;
const mega = 1024 ** 2;

const resident = (pid) => (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024) / mega;

/** What the process costs alone: pages shared with others are divided among them. Linux only. */
function proportional(pid) {
  try {
    return (Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) * 1_024) / mega;
  } catch {
    return undefined;
  }
}

await benchmark(import.meta.filename, 'Resident memory, idle, default config', async () => {
  const redis = await startRedis();
  const nodes = [1, 2, 3].map(() => start(process.execPath, [program('one-line')]));
  await Promise.all(nodes.map((child) => firstLine(child, (line) => line === 'up')));
  const host = await startHost();
  await until('a full pool', () => poolSettled(host.http, 3));
  await sleep(idleMs);

  const { slots } = await host.http.get('/api/pool');
  const { processes } = await host.http.get('/api/processes');
  const pidOf = (name) => processes.find((one) => one.name === name).pid;
  const pids = {
    agent: slots.map(({ pid }) => pid),
    supervisor: [host.pid],
    worker: [pidOf('worker-turns')],
    redis: [pidOf('redis')],
    node: nodes.map(({ pid }) => pid),
    bareRedis: [redis.pid],
  };
  const measured = Object.fromEntries(
    Object.entries(pids).map(([name, list]) => [
      name,
      { residentMb: list.map(resident), proportionalMb: list.map(proportional).filter((mb) => mb !== undefined) },
    ]),
  );

  await host.stop();
  await Promise.all(nodes.map((child) => end(child)));
  await redis.stop();

  const rss = (name) => median(measured[name].residentMb);
  const sum = (...names) => names.flatMap((name) => measured[name].residentMb).reduce((total, mb) => total + mb, 0);
  const rows = [
    row('built-in agent, against a bare Node process', 'MB', rss('node'), rss('agent'), { n: 3 }),
    row('supervisor with API, against a bare Node process', 'MB', rss('node'), rss('supervisor'), { n: 1 }),
    row('worker, against a bare Node process', 'MB', rss('node'), rss('worker'), { n: 1 }),
    row('Redis, against a bare redis-server', 'MB', rss('bareRedis'), rss('redis'), { n: 1 }),
    row(
      'whole stack with 3 agents, against 5 bare Node processes and a redis-server',
      'MB',
      5 * rss('node') + rss('bareRedis'),
      sum('agent', 'supervisor', 'worker', 'redis'),
      { n: 1 },
    ),
  ];
  const pss = (name) => median(measured[name].proportionalMb);
  if (measured.agent.proportionalMb.length === 3) {
    rows.push(row('built-in agent, shared pages divided (PSS)', 'MB', pss('node'), pss('agent'), { n: 3 }));
    rows.push(row('supervisor with API, shared pages divided (PSS)', 'MB', pss('node'), pss('supervisor'), { n: 1 }));
  }
  return { rows, notes: [`Read ${idleMs / 1_000} s after the pool was full.`], details: measured };
});
