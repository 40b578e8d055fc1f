import { readFileSync } from 'node:fs';
import { end, firstLine, start } from './lib/children.mjs';
import { median } from './lib/numbers.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { sleep, until } from './lib/wait.mjs';

/** Starting, holding and stopping a hundred idle services. */

const count = 100;
const command = ['/bin/sh', '-c', 'echo up; exec sleep 1000000'];
const graceMs = 5_000;
const settleMs = 8_000;
const watchMs = 20_000;
/** From when on nothing runs for the first time any more. */
const laterMs = 45_000;
const rounds = 2;

const config = (services) =>
  JSON.stringify({
    pool: { size: 0 },
    services: Object.fromEntries(
      Array.from({ length: services }, (_, n) => [`idle-${n}`, { command, required: true, ready: { log: 'up' }, stop: { grace: `${graceMs}ms` } }]),
    ),
  });

/** Processor time of one process in milliseconds; a tick is 10 ms on every Linux that Node runs on. */
function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** How often its main thread was woken up so far. */
const wakes = (pid) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

async function shareOfCore(pid) {
  const [beforeMs, wakesBefore, fromMs] = [cpuMs(pid), wakes(pid), performance.now()];
  await sleep(watchMs);
  const tookMs = performance.now() - fromMs;
  return { percent: ((cpuMs(pid) - beforeMs) / tookMs) * 100, wakesPerSecond: ((wakes(pid) - wakesBefore) / tookMs) * 1_000 };
}

/** All at once from plain Node, each until its line. */
async function bareStart() {
  const startedMs = performance.now();
  const children = Array.from({ length: count }, () => start(command[0], command.slice(1)));
  await Promise.all(children.map((child) => firstLine(child, (line) => line === 'up')));
  const tookMs = performance.now() - startedMs;
  const stopMs = performance.now();
  await Promise.all(children.map((child) => end(child, 'SIGTERM')));
  return { startMs: tookMs, stopMs: performance.now() - stopMs };
}

async function roostRound() {
  const host = await startHost(config(count));
  const running = () =>
    host.http.get('/api/processes').then(({ processes }) => processes.filter(({ kind, state }) => kind === 'service' && state === 'running'));
  const all = await until('all services', async () => {
    const now = await running();
    return now.length === count && now;
  });
  const startMs = Math.max(...all.map(({ readyAtMs }) => readyAtMs)) - Math.min(...all.map(({ startedAtMs }) => startedAtMs));
  const runMs = performance.now();
  await sleep(settleMs);
  const soon = await shareOfCore(host.pid);
  await sleep(Math.max(0, laterMs - (performance.now() - runMs)));
  const later = await shareOfCore(host.pid);
  const stopMs = performance.now();
  await host.stop();
  return { startMs, soonPercent: soon.percent, laterPercent: later.percent, wakesPerSecond: later.wakesPerSecond, stopMs: performance.now() - stopMs };
}

async function emptyRound() {
  const host = await startHost(config(0));
  await sleep(settleMs);
  const { percent } = await shareOfCore(host.pid);
  await host.stop();
  return percent;
}

await benchmark(import.meta.filename, `${count} idle services`, async () => {
  if (process.platform !== 'linux') return { rows: [], notes: ['Processor time is read from /proc: Linux only.'] };
  const bare = [];
  const roost = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareStart());
    roost.push(await roostRound());
  }
  const empty = await emptyRound();
  const of = (list, key) => median(list.map((one) => one[key]));
  const n = rounds;
  return {
    rows: [
      row('start of all, each to its first line, against spawns from plain Node', 'ms', of(bare, 'startMs'), of(roost, 'startMs'), {
        aim: (one) => ({ text: 'ratio ≤ 1.3', met: one.ratio <= 1.3 }),
        n,
      }),
      row(`supervisor while they idle, from ${settleMs / 1_000} s after the start on`, '% of a core', null, of(roost, 'soonPercent'), { aim: atMost(1), n }),
      row(`the same, from ${laterMs / 1_000} s on`, '% of a core', null, of(roost, 'laterPercent'), { aim: atMost(1), n }),
      row('wake-ups of its main thread', 'per second', null, of(roost, 'wakesPerSecond'), { n }),
      row('supervisor without any service', '% of a core', null, empty, { n: 1 }),
      row('SIGTERM to exit of everything, Redis and workers included', 'ms', of(bare, 'stopMs'), of(roost, 'stopMs'), { aim: atMost(graceMs + 1_000), n }),
    ],
    details: { bare, roost, empty },
  };
});
