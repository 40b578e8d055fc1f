import { readdirSync, readFileSync } from 'node:fs';
import { openInspector } from './lib/inspector.mjs';
import { median } from './lib/numbers.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { sleep } from './lib/wait.mjs';

/**
 * A day of coming and going in a minute and a half: what Roost itself holds must not grow with it. Garbage waits
 * for its collection and memory that was free once is not given back at once, so what is held is what is left
 * after a collection; what the system counts as resident is looked at in the same moment.
 */

const services = 8;
const warmUpMs = 25_000;
const churnMs = 90_000;
const lookEveryMs = 5_000;
const script = "let n = 0; setInterval(() => { for (let i = 0; i < 40; i++) console.log('line ' + n++ + ' of a program that talks a lot'); }, 100)";
const config = JSON.stringify({
  pool: { size: 2 },
  sessions: { startsPerMinute: 10_000 },
  services: Object.fromEntries(
    Array.from({ length: services }, (_, n) => [`churn-${n}`, { command: [process.execPath, '-e', script], stop: { grace: '1s' } }]),
  ),
});

const rssBytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;
const threads = (pid) => readdirSync(`/proc/${pid}/task`).length;

await benchmark(import.meta.filename, 'Churn', async () => {
  if (process.platform !== 'linux') return { rows: [], notes: ['Memory and files are read from /proc: Linux only.'] };
  const host = await startHost(config, { inspect: true });
  const inspector = await openInspector(host.inspectorUrl);
  const counts = { restarts: 0, sessions: 0 };
  const samples = [];
  const startedMs = performance.now();
  const churning = () => performance.now() - startedMs < warmUpMs + churnMs;
  const restart = async () => {
    for (let n = 0; churning(); n = (n + 1) % services) {
      const { accepted } = await host.http.post(`/api/processes/churn-${n}/restart`, {});
      if (accepted) counts.restarts++;
      await sleep(60);
    }
  };
  const sessions = async () => {
    for (let n = 0; churning(); n++) {
      const { sessionId } = await host.http.post('/api/session/start', { userId: `user-${n}` });
      if (sessionId !== undefined) {
        counts.sessions++;
        await host.http.post('/api/session/stop', { sessionId });
      }
      await sleep(400);
    }
  };
  const watch = async () => {
    while (churning()) {
      const atMs = performance.now() - startedMs;
      const held = await inspector.held();
      if (atMs > warmUpMs) samples.push({ atMs, ...held, rssBytes: rssBytes(host.pid), files: openFiles(host.pid), threads: threads(host.pid), ...counts });
      await sleep(lookEveryMs);
    }
  };
  await Promise.all([restart(), sessions(), watch()]);
  inspector.close();
  await host.stop();
  const third = Math.floor(samples.length / 3);
  const [first, last] = [samples.slice(0, third), samples.slice(-third)];
  const of = (list, key) => median(list.map((one) => one[key]));
  // What is open for a moment may be open at any moment: the lowest of each third.
  const lowest = (list, key) => Math.min(...list.map((one) => one[key]));
  const grown = (key) => lowest(last, key) - lowest(first, key);
  const n = samples.length;
  const mb = (key) => [of(first, key) / 1024 ** 2, of(last, key) / 1024 ** 2];
  const [heap, resident, external] = [mb('heapBytes'), mb('rssBytes'), mb('externalBytes')];
  return {
    rows: [
      row('heap after a collection, last third of the time against the first', 'MB', ...heap, { n }),
      row('the same, grown', 'MB', null, heap[1] - heap[0], { aim: atMost(2), n }),
      row('memory outside of the heap, grown', 'MB', null, external[1] - external[0], { aim: atMost(2), n }),
      row('resident memory after a collection, last third against the first', 'MB', ...resident, { n }),
      row('the same, grown', 'MB', null, resident[1] - resident[0], { aim: atMost(15), n }),
      row('open files, grown', '', null, grown('files'), { aim: atMost(4), n }),
      row('timers, sockets and pipes, grown', '', null, grown('resources'), { aim: atMost(4), n }),
      row('threads, grown', '', null, grown('threads'), { aim: atMost(0), n }),
    ],
    notes: [
      `${counts.restarts} restarts and ${counts.sessions} sessions in ${(warmUpMs + churnMs) / 1_000} s, ${services} programs of 400 lines a second each.`,
    ],
    details: { counts, samples },
  };
});
