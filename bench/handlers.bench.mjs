import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built, end, firstMessage, removeDir, startForked, tempDir } from './lib/children.mjs';
import { median, percentile } from './lib/numbers.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { sleep, timed } from './lib/wait.mjs';

/** What isolation costs: a handler process from fork to ready, a job in a warm one, its memory; a job in mid-loop beside it. */

const starts = 10;
const jobs = 300;
const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
const pss = (pid) => Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_024;

async function startProcess(folder) {
  const child = startForked(built('handler-process'));
  const ready = firstMessage(child, (message) => message.type === 'ready');
  child.send({ type: 'setup', node: 'n0', prefix: 'bench', redis: { path: '/nowhere' }, dataDir: folder, folder, revision: '1', env: {} });
  await ready;
  return child;
}

let lastRun = 0;
const run = (child, name, data) => {
  const runId = ++lastRun;
  const ended = firstMessage(child, (message) => message.type === 'ended' && message.runId === runId);
  child.send({ type: 'run', runId, request: { name, queue: 'analysis', jobId: `j${runId}`, data, attempt: 1, maxAttempts: 1, fence: 1 } });
  return ended;
};

await benchmark(import.meta.filename, 'Handler processes', async () => {
  const folder = tempDir();
  writeFileSync(
    join(folder, 'echo.js'),
    "module.exports = { summary: 'Echo', run: async (job) => { if (job.data.loopMs) for (const end = Date.now() + job.data.loopMs; Date.now() < end; ); return { n: 1 }; } };",
  );
  const times = { cold: [], first: [], warm: [], beside: [] };
  const memory = { rss: [], pss: [] };
  for (let i = 0; i < starts; i++) {
    let child;
    times.cold.push(
      await timed(async () => {
        child = await startProcess(folder);
      }),
    );
    times.first.push(await timed(() => run(child, 'echo', {})));
    await sleep(200);
    memory.rss.push(rss(child.pid));
    memory.pss.push(pss(child.pid));
    await end(child);
  }
  const [one, other] = [await startProcess(folder), await startProcess(folder)];
  one.setMaxListeners(0);
  other.setMaxListeners(0);
  for (let i = 0; i < jobs; i++) times.warm.push(await timed(() => run(one, 'echo', {})));
  const looping = run(other, 'echo', { loopMs: 2_000 });
  await sleep(100);
  for (let i = 0; i < 50; i++) times.beside.push(await timed(() => run(one, 'echo', {})));
  await looping;
  await end(one);
  await end(other);
  removeDir(folder);
  return {
    rows: [
      row('from fork to ready', 'ms', null, median(times.cold), { n: starts }),
      row('first job of an own handler (its file is loaded)', 'ms', null, median(times.first), { n: starts }),
      row('job in a warm process, p50', 'ms', null, median(times.warm), { n: jobs }),
      row('job in a warm process, p99', 'ms', null, percentile(times.warm, 0.99), { n: jobs }),
      row('the same beside an endless loop, p50', 'ms', null, median(times.beside), { aim: atMost(50), n: 50 }),
      row('memory of a process, RSS', 'MB', null, median(memory.rss), { n: starts }),
      row('memory of a process, shared pages divided (PSS)', 'MB', null, median(memory.pss), { n: starts }),
    ],
    notes: ['An own handler is read anew for each job; one that ships with Roost is not.'],
  };
});
