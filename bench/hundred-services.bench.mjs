import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
/** By then nothing runs for the first time, the first backup has been made and V8 has tidied up once, which it does 70 s after the start. */
const laterMs = 90_000;
const rounds = 2;
/** Of starts in a host that runs already. */
const editRounds = 5;

const config = (services) =>
  JSON.stringify({
    pool: { size: 0 },
    services: Object.fromEntries(
      Array.from({ length: services }, (_, n) => [`idle-${n}`, { command, required: true, ready: { log: 'up' }, stop: { grace: `${graceMs}ms` } }]),
    ),
  });

/** How often its main thread was woken up so far. */
const wakes = (pid) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** Processor time of all threads of a process so far, in milliseconds, exact to the microsecond. */
function exactCpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
}

async function shareOfCore(pid) {
  const [beforeMs, wakesBefore, fromMs] = [exactCpuMs(pid), wakes(pid), performance.now()];
  await sleep(watchMs);
  const tookMs = performance.now() - fromMs;
  return { percent: ((exactCpuMs(pid) - beforeMs) / tookMs) * 100, wakesPerSecond: ((wakes(pid) - wakesBefore) / tookMs) * 1_000 };
}

/** All at once from plain Node, each until its line. */
async function bareStart() {
  const cpuFromMs = exactCpuMs(process.pid);
  const startedMs = performance.now();
  const children = Array.from({ length: count }, () => start(command[0], command.slice(1)));
  await Promise.all(children.map((child) => firstLine(child, (line) => line === 'up')));
  const tookMs = performance.now() - startedMs;
  const cpuMs = exactCpuMs(process.pid) - cpuFromMs;
  const stopMs = performance.now();
  await Promise.all(children.map((child) => end(child, 'SIGTERM')));
  return { startMs: tookMs, cpuMs, stopMs: performance.now() - stopMs };
}

/** From the first spawn until the last one is ready, as Roost tells it. */
const spanOf = (all) => Math.max(...all.map(({ readyAtMs }) => readyAtMs)) - Math.min(...all.map(({ startedAtMs }) => startedAtMs));

/** The same start in a host that runs already: an edit of its config brings a hundred services, the next takes them away; bare starts between them. */
async function edits() {
  const host = await startHost(config(0));
  const services = () => host.http.get('/api/processes').then(({ processes }) => processes.filter(({ kind }) => kind === 'service'));
  const found = [];
  for (let round = 0; round < editRounds; round++) {
    await sleep(500);
    const bare = await bareStart();
    await sleep(500);
    const cpuFromMs = exactCpuMs(host.pid);
    writeFileSync(join(host.dataDir, 'roost.yaml'), config(count));
    const all = await until(
      'all services',
      async () => {
        const now = await services();
        return now.length === count && now.every(({ state }) => state === 'running') && now;
      },
      { everyMs: 100 },
    );
    found.push({ bare, roost: { startMs: spanOf(all), cpuMs: exactCpuMs(host.pid) - cpuFromMs } });
    writeFileSync(join(host.dataDir, 'roost.yaml'), config(0));
    await until('no service', async () => (await services()).length === 0, { everyMs: 100 });
  }
  await host.stop();
  return found;
}

async function roostRound(last) {
  const host = await startHost(config(count));
  const running = () =>
    host.http.get('/api/processes').then(({ processes }) => processes.filter(({ kind, state }) => kind === 'service' && state === 'running'));
  const all = await until('all services', async () => {
    const now = await running();
    return now.length === count && now;
  });
  const startMs = spanOf(all);
  const runMs = performance.now();
  await sleep(settleMs);
  const soon = await shareOfCore(host.pid);
  if (last) await sleep(laterMs - (performance.now() - runMs));
  const later = last ? await shareOfCore(host.pid) : undefined;
  const stopMs = performance.now();
  await host.stop();
  return { startMs, soonPercent: soon.percent, later, stopMs: performance.now() - stopMs };
}

async function emptyRound() {
  const host = await startHost(config(0));
  await sleep(settleMs);
  const { percent } = await shareOfCore(host.pid);
  await host.stop();
  return percent;
}

await benchmark(
  import.meta.filename,
  `${count} idle services`,
  async () => {
    if (process.platform !== 'linux') return { rows: [], notes: ['Processor time is read from /proc: Linux only.'] };
    const bare = [];
    const roost = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(await bareStart());
      roost.push(await roostRound(round === rounds - 1));
    }
    const empty = await emptyRound();
    const edited = await edits();
    const of = (list, key) => median(list.map((one) => one[key]));
    const inTurn = (who, key) => median(edited.map((one) => one[who][key]));
    const n = rounds;
    return {
      rows: [
        row(
          'start of all in a running host, each to its first line, against spawns from plain Node',
          'ms',
          inTurn('bare', 'startMs'),
          inTurn('roost', 'startMs'),
          {
            aim: (one) => ({ text: 'ratio ≤ 1.3', met: one.ratio <= 1.3 }),
            n: editRounds,
          },
        ),
        row('the same, processor time of who starts them', 'ms', inTurn('bare', 'cpuMs'), inTurn('roost', 'cpuMs'), { n: editRounds }),
        row('start of all with Roost itself, Redis and the workers beside them', 'ms', of(bare, 'startMs'), of(roost, 'startMs'), { n }),
        row(`supervisor while they idle, from ${settleMs / 1_000} s after the start on`, '% of a core', null, of(roost, 'soonPercent'), { aim: atMost(1), n }),
        row(`the same, from ${laterMs / 1_000} s on`, '% of a core', null, roost.at(-1).later.percent, { aim: atMost(1), n: 1 }),
        row('wake-ups of its main thread', 'per second', null, roost.at(-1).later.wakesPerSecond, { n: 1 }),
        row('supervisor without any service', '% of a core', null, empty, { n: 1 }),
        row('SIGTERM to exit of everything, Redis and workers included', 'ms', of(bare, 'stopMs'), of(roost, 'stopMs'), { aim: atMost(graceMs + 1_000), n }),
      ],
      details: { bare, roost, empty, edited },
    };
  },
  { deadlineMs: 400_000 },
);
