import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '../core/base/clock.js';
import { version } from '../package.json';
import { readIdentity, sameProcess } from '../supervisor/process/identity.js';
import { createSupervisor } from '../supervisor/supervisor.js';
import { runHeadless } from './headless-run.js';
import { openLink } from './open-link.js';

/** The headless door: `roost up`. */

process.title = 'roost';
// Everything we write is for this account only, also what a child writes for us.
process.umask(0o077);
// A closed terminal must not take the stack down by way of a write error.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Node opens a debugger port on SIGUSR1 unless somebody listens: any program of this account could then run code in here.
if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);

const entryDir = dirname(fileURLToPath(import.meta.url));

function home(): string {
  try {
    return homedir();
  } catch {
    return ''; // An account without a home directory: --data-dir decides.
  }
}

const code = await runHeadless({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  home: home(),
  pid: process.pid,
  version,
  entryDir,
  resourcesDir: join(entryDir, '..', '..', 'assets'),
  rendererDir: join(entryDir, '..', 'renderer'),
  clock: systemClock,
  random: systemRandom,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  onSignal: (listener) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => listener(name));
  },
  onFault: (listener) => {
    process.on('uncaughtException', listener);
    process.on('unhandledRejection', listener);
  },
  identify: readIdentity,
  lives: sameProcess,
  openBrowser: openLink,
  createCore: createSupervisor,
});
process.exit(code);
