import { median } from './lib/numbers.mjs';
import { benchmark, ratioAtMost, row } from './lib/report.mjs';
import { startAgent, startHost } from './lib/roost.mjs';
import { timed, until } from './lib/wait.mjs';

const starts = 12;
const atOnce = 4;
const rounds = Number(process.env.BENCH_ROUNDS ?? 4);

/** As many as fit at once, the next one as soon as one is ready. */
async function bareStarts() {
  const agents = [];
  let left = starts;
  const lane = async () => {
    while (left-- > 0) agents.push(await startAgent());
  };
  const tookMs = await timed(() => Promise.all(Array.from({ length: atOnce }, lane)));
  for (const agent of agents) await agent.stop();
  return tookMs;
}

await benchmark(import.meta.filename, `On demand: ${starts} sessions without a warm agent, ${atOnce} starts at once`, async () => {
  const host = await startHost(`pool: { size: 0, capacity: 100, spawnConcurrency: ${atOnce}, memoryBudget: 16GB }\nsessions: { startsPerMinute: 10000 }\n`);
  let users = 0;
  const times = { bare: [], roost: [] };
  for (let round = -1; round < rounds; round++) {
    const bareMs = await bareStarts();
    const open = [];
    const roostMs = await timed(async () => {
      await Promise.all(
        Array.from({ length: starts }, async () => open.push((await host.http.post('/api/session/start', { userId: `user-${++users}` })).sessionId)),
      );
      await until('every session ready', async () => (await host.http.get('/api/health')).sessions.active === starts, { everyMs: 2, deadlineMs: 60_000 });
    });
    for (const sessionId of open) await host.http.post('/api/session/stop', { sessionId });
    await until('no agent left', async () => (await host.http.get('/api/pool')).slots.length === 0, { everyMs: 20, deadlineMs: 60_000 });
    if (round < 0) continue;
    times.bare.push(bareMs);
    times.roost.push(roostMs);
  }
  await host.stop();
  return {
    rows: [row('all ready, against the same agents started bare', 'ms', median(times.bare), median(times.roost), { aim: ratioAtMost(1.15), n: rounds })],
    notes: ['Roost polls for readiness over HTTP every 2 ms; bare is our agent spawned, greeted and given a session by a script.'],
    details: times,
  };
});
