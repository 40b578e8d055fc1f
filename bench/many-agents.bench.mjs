import { readFileSync } from 'node:fs';
import { median, percentile } from './lib/numbers.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { sleep, timed, until } from './lib/wait.mjs';

const agents = 100;
const talking = 50;
const turns = Number(process.env.BENCH_ROUNDS ?? 4);
const mega = 1024;

const memoryOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / mega;
  return { resident: of('Rss'), proportional: of('Pss') };
};

await benchmark(import.meta.filename, `${agents} live agents, ${talking} sessions talking at once`, async () => {
  const host = await startHost(
    `pool: { size: ${agents}, capacity: 400, memoryBudget: 16GB, spawnConcurrency: 8 }\nsessions: { startsPerMinute: 10000 }\nworkers: { turns: { queues: [turns, coach], concurrency: { turns: ${talking}, coach: 2 } } }\n`,
  );
  const pool = await until(
    '100 warm agents',
    async () => {
      const view = await host.http.get('/api/pool');
      return view.ready >= agents ? view : undefined;
    },
    { everyMs: 100, deadlineMs: 100_000 },
  );
  await sleep(3_000);
  const idle = pool.slots.map(({ pid }) => memoryOf(pid));

  const sessions = [];
  for (let n = 0; n < talking; n++) sessions.push((await host.http.post('/api/session/start', { userId: `user-${n}`, tier: 'pro' })).sessionId);
  const overheads = [];
  for (let round = -1; round < turns; round++) {
    await Promise.all(
      sessions.map(async (id) => {
        let ended;
        const tookMs = await timed(async () => {
          const { turnId } = await host.http.post(`/api/session/${id}/turns`, { text: `${round + 2} * 7` });
          ended = await host.http.turnEnd(turnId);
        });
        if (round >= 0) overheads.push(tookMs - (ended.timings.agentMs ?? 0));
      }),
    );
  }
  const alone = [];
  for (let n = 0; n < 60; n++) {
    let ended;
    const tookMs = await timed(async () => {
      const { turnId } = await host.http.post(`/api/session/${sessions[n % talking]}/turns`, { text: `${n} * 7` });
      ended = await host.http.turnEnd(turnId);
    });
    alone.push(tookMs - (ended.timings.agentMs ?? 0));
    await sleep(30);
  }
  await host.stop();
  const of = (name) => idle.map((one) => one[name]);
  return {
    rows: [
      row('agent, resident', 'MB', null, median(of('resident')), { n: idle.length }),
      row('agent, shared pages divided (PSS)', 'MB', null, median(of('proportional')), { aim: atMost(45), n: idle.length }),
      row(
        '100 agents together (PSS)',
        'MB',
        null,
        of('proportional').reduce((sum, mb) => sum + mb, 0),
        { n: idle.length },
      ),
      row(`turn overhead, ${talking} sessions taking turns, p99`, 'ms', null, percentile(alone, 0.99), { aim: atMost(15), n: alone.length }),
      row(`turn overhead, ${talking} turns at the same moment, p50`, 'ms', null, median(overheads), { n: overheads.length }),
      row(`turn overhead, ${talking} turns at the same moment, p99`, 'ms', null, percentile(overheads, 0.99), { aim: atMost(15), n: overheads.length }),
    ],
    notes: ['Overhead is the time from the request to the last event of its stream, less the agent’s own time.'],
    details: { idle, overheads, alone },
  };
});
