import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const built = (name) => join(root, 'dist', 'main', `${name}.js`);
export const program = (name) => join(root, 'bench', 'programs', `${name}.mjs`);

/** Settings of the person at this machine must not change what is measured. */
export const environment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ROOST_(?!REDIS_SERVER)|REDIS_URL|NODE_OPTIONS)/.test(name)));

/** @type {Set<import('node:child_process').ChildProcess>} */
const living = new Set();
/** @type {Set<string>} */
const dirs = new Set();

function track(child) {
  living.add(child);
  child.once('exit', () => living.delete(child));
  child.once('error', () => living.delete(child));
  return child;
}

/** @param {string} command @param {readonly string[]} args @param {import('node:child_process').SpawnOptions} [options] */
export const start = (command, args, options = {}) => track(spawn(command, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'], ...options }));

/** A child of ours with Node's own message channel. @param {string} file @param {readonly string[]} [args] */
export const startForked = (file, args = []) => track(fork(file, args, { env: environment(), execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }));

/** Resolves when the exit is seen. @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} [signal] */
export async function end(child, signal = 'SIGKILL', patienceMs = 20_000) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** The first message or line that `wanted` accepts; rejects when the child ends before. */
export function firstMessage(child, wanted) {
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-2_000);
    });
    child.on('message', (message) => wanted(message) && resolve(message));
    child.once('exit', (code, signal) => reject(new Error(`a child ended early (${code ?? signal}): ${complaint}`)));
    child.once('error', reject);
  });
}

/** @param {import('node:child_process').ChildProcess} child @param {(line: string) => boolean} wanted */
export function firstLine(child, wanted) {
  return new Promise((resolve, reject) => {
    let rest = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const found = lines.find(wanted);
      if (found !== undefined) resolve(found);
    });
    child.stderr?.on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-2_000);
    });
    child.once('exit', (code, signal) => reject(new Error(`a child ended early (${code ?? signal}): ${complaint}`)));
    child.once('error', reject);
  });
}

/** A directory that is gone at the end of the run, whatever happens. */
export function tempDir() {
  const dir = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  dirs.add(dir);
  return dir;
}

/** @param {string} dir */
export function removeDir(dir) {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  dirs.delete(dir);
}

process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
  // What they wrote in their last moment may need a second look.
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
