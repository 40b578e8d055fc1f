import { systemClock, systemRandom } from '../../core/base/clock.js';
import { createLog } from '../../core/base/log.js';
import { parentChannel } from '../parent-channel.js';
import { HandlerProgram } from './handler-program.js';

/** Entry of a handler process: runs one job at a time, in place of the queue worker that took it. */

// Node opens a debugger port on SIGUSR1 unless somebody listens: any program of this account could then run code in here.
if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);

const log = createLog({ clock: systemClock, level: 'info', sink: (line) => void process.stderr.write(`${line}\n`), room: 'handlers' });
const channel = parentChannel(process);
if (channel === undefined) {
  log.error('this program is started by Roost and cannot be run by hand');
  process.exit(2);
}

const program = new HandlerProgram({
  channel,
  clock: systemClock,
  random: systemRandom,
  log,
  rssBytes: () => process.memoryUsage.rss(),
  env: process.env,
  exit: (code) => process.exit(code),
});
program.start();
// Whoever started us decides when we end: a Ctrl-C in a terminal reaches the whole group.
process.on('SIGINT', () => undefined);
