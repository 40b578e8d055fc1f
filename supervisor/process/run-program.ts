import { spawn } from 'node:child_process';
import { childEnvironment } from './child-environment.js';
import { resolveProgram } from './program-path.js';
import { sendSignal } from './tree.js';

export interface ProgramRun {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Added to the allow-listed base, as for the process on whose behalf it runs. */
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
  readonly runId: string;
}

/** Runs a program that has a question to answer: no output, no shell. Resolves with its exit code (null after a signal); the abort kills it and its group. */
export function runProgram({ argv: [program, ...args], cwd, env, name, runId }: ProgramRun, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const environment = childEnvironment({ name, env }, { runId, incarnationId: `${runId}.probe` });
    const posix = process.platform !== 'win32';
    const path = posix ? resolveProgram(program, { cwd, path: environment['PATH'] }) : program;
    const child = spawn(path, args, { cwd, env: environment, stdio: 'ignore', shell: false, windowsHide: true, detached: posix });
    const onAbort = (): void => {
      if (posix && child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    };
    child.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    child.on('exit', (code) => {
      signal.removeEventListener('abort', onAbort);
      resolve(code);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
