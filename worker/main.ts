import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock, systemRandom } from '../core/base/clock.js';
import { createLog, logLevels } from '../core/base/log.js';
import { runtimeFacts } from './diagnosis.js';
import { parentChannel } from './parent-channel.js';
import { QueueWorker } from './queue-worker.js';

/** Entry of the queue-worker process. What it should do comes over the channel; nothing secret comes by argv or environment. */

const loopSampleMs = 50;
const signalDrainMs = 5_000;

// Node opens a debugger port on SIGUSR1 unless somebody listens: any program of this account could then run code in here.
if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);

const level = logLevels.find((one) => one === process.env['ROOST_LOG_LEVEL']) ?? 'info';
const log = createLog({ clock: systemClock, level, sink: (line) => void process.stderr.write(`${line}\n`), room: 'worker' });
const channel = parentChannel(process);
if (channel === undefined) {
  log.error('this program is started by Roost and cannot be run by hand');
  process.exit(2);
}

const delay = monitorEventLoopDelay({ resolution: loopSampleMs });
delay.enable();
const vitals = () => {
  const loopLagMs = Math.max(0, Math.round(delay.percentile(99) / 1e6 - loopSampleMs));
  delay.reset();
  return { loopLagMs, rssBytes: process.memoryUsage.rss() };
};

const worker = new QueueWorker({ channel, clock: systemClock, random: systemRandom, log, vitals, inside: runtimeFacts, exit: (code) => process.exit(code) });
worker.start();
process.on('SIGTERM', () => void worker.drain(signalDrainMs));
// Ctrl-C in a terminal reaches the whole group; the supervisor decides what it means for us.
process.on('SIGINT', () => undefined);
