import { systemClock, systemRandom } from '../core/base/clock.js';
import { homeOf } from '../core/base/home.js';
import { version } from '../package.json';

/** What a program of a host does before anything else. */
export function becomeProgram(title: string): void {
  process.title = title;
  // Everything we write is for this account only, also what a child writes for us.
  process.umask(0o077);
  // A closed terminal must not take the stack down by way of a write error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  // Node opens a debugger port on SIGUSR1 unless somebody listens: any program of this account could then run code in here.
  if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);
}

/** Where the program runs and whom it talks to; the environment is the entry file's to hand over. */
export const surroundings = () => ({
  argv: process.argv.slice(2),
  platform: process.platform,
  home: homeOf(),
  cwd: process.cwd(),
  pid: process.pid,
  version,
  clock: systemClock,
  random: systemRandom,
  out: (line: string) => void process.stdout.write(`${line}\n`),
  err: (line: string) => void process.stderr.write(`${line}\n`),
  onSignal: (listener: (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP') => void) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => listener(name));
  },
});
