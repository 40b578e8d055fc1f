import { end, firstLine, program, start } from './lib/children.mjs';
import { median } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { benchmark, row } from './lib/report.mjs';
import { startAgent, startHost, startWorker } from './lib/roost.mjs';
import { timed } from './lib/wait.mjs';

const rounds = 9;

/** What any such stack must at least do: a Redis that answers and one Node program that runs, side by side. */
async function least() {
  const stops = [];
  const redis = async () => stops.push((await startRedis()).stop);
  const node = async () => {
    const child = start(process.execPath, [program('one-line')]);
    stops.push(() => end(child));
    await firstLine(child, (line) => line === 'up');
  };
  const tookMs = await timed(() => Promise.all([redis(), node()]));
  await Promise.all(stops.map((stop) => stop()));
  return tookMs;
}

/** The same programs Roost starts, by a script that starts all at once and knows nothing of supervising: Redis, then the worker; three agents meanwhile. */
async function script() {
  const stops = [];
  const queue = async () => {
    const redis = await startRedis();
    stops.push(redis.stop);
    stops.unshift((await startWorker({ redis })).stop);
  };
  const agent = async () => stops.unshift((await startAgent()).stop);
  const tookMs = await timed(() => Promise.all([queue(), agent(), agent(), agent()]));
  for (const stop of stops) await stop();
  return tookMs;
}

async function roost() {
  const host = await startHost();
  const { readyMs } = host;
  const pool = await host.http.get('/api/pool');
  await host.stop();
  if (pool.ready < 3) throw new Error(`ready with ${pool.ready} warm agents`);
  return readyMs;
}

await benchmark(import.meta.filename, 'Cold start: `roost up` to `roost ready` with 3 warm agents', async () => {
  const times = { least: [], script: [], roost: [] };
  // One unmeasured round fills the file cache for all three.
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries({ least, script, roost })) {
      const tookMs = await run();
      if (round >= 0) times[name].push(tookMs);
    }
  }
  const ready = median(times.roost);
  return {
    rows: [
      row('against Redis to PONG beside one bare Node process', 'ms', median(times.least), ready, { n: rounds }),
      row('against the same programs started by a script', 'ms', median(times.script), ready, { n: rounds }),
    ],
    notes: ['Files are in the cache of the system. Medians.'],
    details: times,
  };
});
