import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '../core/base/clock.js';
import { version } from '../package.json';
import { runFarWorker } from './far-worker-run.js';

/** The program behind `roost worker`. */

process.title = 'roost-worker';
process.umask(0o077);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
// As for the host: no debugger port for any program of this account.
if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);

function home(): string {
  try {
    return homedir();
  } catch {
    return ''; // An account without a home directory: --data-dir decides.
  }
}

const code = await runFarWorker({
  argv: process.argv.slice(2),
  env: process.env,
  platform: process.platform,
  home: home(),
  cwd: process.cwd(),
  pid: process.pid,
  version,
  entryDir: dirname(fileURLToPath(import.meta.url)),
  clock: systemClock,
  random: systemRandom,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  onSignal: (listener) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => listener(name));
  },
});
process.exit(code);
