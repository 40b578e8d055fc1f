import { createWriteStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { finished } from 'node:stream/promises';
import { bundled } from './lib/bundle.mjs';
import { program, start, tempDir } from './lib/children.mjs';
import { median } from './lib/numbers.mjs';
import { atMost, benchmark, ratioAtLeast, row } from './lib/report.mjs';

/** How fast lines get from a program into its log file, and what that costs the event loop. */

const lines = 200_000;
const rounds = 5;
/** Just below the storm limit, from four programs at once. */
const steady = { programs: 4, perSecond: 4_900, seconds: 10 };

const { ProcessLog, LogFile, Secrets, systemClock, silentLog } = await bundled(`
  export { ProcessLog } from '@/supervisor/process/log-tail.ts';
  export { LogFile } from '@/supervisor/process/log-file.ts';
  export { Secrets } from '@/core/base/secrets.ts';
  export { systemClock } from '@/core/base/clock.ts';
  export { silentLog } from '@/core/base/log.ts';
`);
const secrets = new Secrets();
secrets.add(...Array.from({ length: 10 }, (_, n) => `a-secret-of-this-run-${n}`));

const writer = (count, perSecond = 0) => start(process.execPath, [program('writes-lines'), String(count), String(perSecond)]);

function processLog(path, options = {}) {
  // One file of any size and a queue for all of it: what is measured is the way, not the limits.
  const file = new LogFile({ path, clock: systemClock, log: silentLog, limits: () => ({ maxFileBytes: 2 ** 40, files: 1 }), maxPendingBytes: 2 ** 28 });
  return { file, log: new ProcessLog({ clock: systemClock, log: silentLog, file, secrets, ...options }) };
}

const lineCount = (path) => readFileSync(path).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);

async function plainPipe(dir, round) {
  const path = join(dir, `plain-${round}.log`);
  const startedMs = performance.now();
  const child = writer(lines);
  await finished(child.stdout.pipe(createWriteStream(path)));
  const tookMs = performance.now() - startedMs;
  if (lineCount(path) !== lines) throw new Error('the plain pipe lost lines');
  return (lines / tookMs) * 1_000;
}

async function roostPipe(dir, round) {
  const path = join(dir, `roost-${round}.log`);
  const { log } = processLog(path, { storm: { burstLines: lines + 1, linesPerSecond: lines } });
  const startedMs = performance.now();
  const child = writer(lines);
  log.attach(child.stdout, 'out');
  await finished(child.stdout, { writable: false });
  await log.close();
  const tookMs = performance.now() - startedMs;
  if (lineCount(path) !== lines || log.dropped > 0) throw new Error(`${lineCount(path)} lines of ${lines} arrived`);
  return (lines / tookMs) * 1_000;
}

async function steadyLoad(dir) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const logs = Array.from({ length: steady.programs }, (_, n) => {
    const { log } = processLog(join(dir, `steady-${n}.log`));
    const child = writer(steady.perSecond * steady.seconds, steady.perSecond);
    log.attach(child.stdout, 'out');
    return { log, ended: finished(child.stdout, { writable: false }) };
  });
  const cpu = process.cpuUsage();
  await Promise.all(logs.map(({ ended }) => ended));
  const used = process.cpuUsage(cpu);
  delay.disable();
  await Promise.all(logs.map(({ log }) => log.close()));
  const kept = logs.reduce((sum, _log, n) => sum + lineCount(join(dir, `steady-${n}.log`)), 0);
  const written = steady.perSecond * steady.seconds * steady.programs;
  const bytes = logs.reduce((sum, _log, n) => sum + statSync(join(dir, `steady-${n}.log`)).size, 0);
  return { lost: written - kept, p99Ms: Math.max(0, delay.percentile(99) / 1e6 - 5), cpuPercent: (used.user + used.system) / 1e4 / steady.seconds, bytes };
}

await benchmark(import.meta.filename, 'Logs of processes', async () => {
  const dir = tempDir();
  const plain = [];
  const roost = [];
  await plainPipe(dir, 'warm-up');
  await roostPipe(dir, 'warm-up');
  for (let round = 0; round < rounds; round++) {
    plain.push(await plainPipe(dir, round));
    roost.push(await roostPipe(dir, round));
  }
  const load = await steadyLoad(dir);
  const what = `${steady.programs} programs at ${steady.perSecond} lines a second each`;
  return {
    rows: [
      row(`${lines} lines of 200 bytes into the file, against pipe() into a file`, 'lines/s', median(plain), median(roost), {
        aim: ratioAtLeast(0.8),
        n: rounds,
      }),
      row(`${what}: lines lost`, 'lines', null, load.lost, { aim: atMost(0), n: 1 }),
      row(`${what}: event loop p99`, 'ms', null, load.p99Ms, { aim: atMost(50), n: 1 }),
      row(`${what}: processor`, '% of a core', null, load.cpuPercent, { n: 1 }),
    ],
    notes: ['Each line is split, made harmless, freed of secrets, stamped, kept in memory and written; the plain pipe copies bytes.'],
    details: { plain, roost, load },
  };
});
