import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where the person stands: npm runs scripts in the folder of the package, and paths on a command line mean the other. */
export const callerDir = process.env.INIT_CWD ?? process.cwd();

/** On Windows npm and npx are .cmd files, which need a shell; the arguments here are our own constants. */
const shell = process.platform === 'win32';

/** Runs a command to its end with our own output; resolves with the exit code. Signals are passed on. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', shell: shell && /^(npm|npx)$/.test(command), ...options });
    const pass = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM'];
    for (const signal of signals) process.on(signal, pass);
    const end = (code) => {
      for (const signal of signals) process.off(signal, pass);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      end(127);
    });
    child.on('exit', (code, signal) => end(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Runs a command quietly; gives its output and status. */
export function ask(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', shell: shell && /^(npm|npx)$/.test(command), ...options });
  return { ok: result.status === 0, out: `${result.stdout ?? ''}`, err: `${result.stderr ?? ''}${result.error?.message ?? ''}` };
}

export const say = (text) => console.error(`roost: ${text}`);

/** The project's own tool out of node_modules, without npx and its start-up cost. */
export const tool = (path) => join(root, 'node_modules', path);
