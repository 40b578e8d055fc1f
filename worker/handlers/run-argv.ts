import { type ChildProcess, spawn } from 'node:child_process';
import { RoostError } from '../../contract/errors.js';
import { afterAwake } from '../../core/base/awake.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import { contain } from '../../core/base/containment.js';
import { OutputTail } from './output-tail.js';

export interface ArgvRun {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly maxOutputBytes: number;
  readonly timeoutMs: number;
  /** Between the polite signal and the kill. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Something came out of it. */
  readonly onOutput?: () => void;
}

export interface ArgvEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why we ended it; null when it ended by itself. */
  readonly stopped: 'timeout' | 'aborted' | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes of the beginning that were not kept. */
  readonly droppedBytes: number;
  readonly tookMs: number;
}

/** A grandchild may hold the pipes after the exit; what it still says does not belong to the answer. */
const closeWaitMs = 300;
const guardFd = 3;

/**
 * Runs a program in a process group of its own and ends the whole group with it: at the deadline, when the job is
 * stopped, and when we die ourselves (a watcher in the group waits on a pipe that only we hold). The program and its
 * arguments go to the system as they are; on POSIX the watcher's script hands them on by `exec "$@"`, unread.
 */
export function runArgv(run: ArgvRun): Promise<ArgvEnd> {
  const [program, ...args] = run.argv;
  if (program === undefined) throw new RoostError('bad-request', 'argv must name a program', { field: 'argv' });
  const posix = process.platform !== 'win32';
  const contained = contain(posix ? { kind: 'shell' } : { kind: 'job-object' }, [program, ...args], guardFd);
  const [file, ...rest] = contained.argv;
  const stdio = ['pipe', 'pipe', 'pipe', ...(contained.needsGuard ? (['pipe'] as const) : [])] as const;
  const startedMs = run.clock.monoMs();
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    try {
      child = spawn(file, rest, { cwd: run.cwd, env: run.env, stdio: [...stdio], shell: false, windowsHide: true, detached: posix });
    } catch (error) {
      return reject(notStarted(program, error));
    }
    const stdout = new OutputTail(run.maxOutputBytes);
    const stderr = new OutputTail(run.maxOutputBytes);
    let stopped: ArgvEnd['stopped'] = null;
    const timers: Timer[] = [];
    const killGroup = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      if (!posix) {
        killWindowsTree(child.pid);
        return;
      }
      try {
        process.kill(-child.pid, signal);
      } catch {
        // ESRCH: the group is gone already.
      }
    };
    const stop = (why: 'timeout' | 'aborted'): void => {
      if (stopped !== null) return;
      stopped = why;
      killGroup('SIGTERM');
      timers.push(run.clock.after(run.graceMs, () => killGroup('SIGKILL')));
    };
    const onAbort = (): void => stop('aborted');
    const release = (): void => {
      run.signal.removeEventListener('abort', onAbort);
      for (const timer of timers) timer.cancel();
    };
    timers.push(afterAwake(run.clock, run.timeoutMs, () => stop('timeout')));
    run.signal.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => {
      release();
      reject(notStarted(program, error));
    });
    for (const [pipe, tail] of [
      [child.stdout, stdout],
      [child.stderr, stderr],
    ] as const) {
      pipe?.on('data', (chunk: Buffer) => {
        tail.add(chunk);
        run.onOutput?.();
      });
      pipe?.on('error', () => undefined);
    }
    // A program that does not read its input closes it: no reason to fail.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(run.input ?? '');
    const guard = contained.needsGuard ? child.stdio[guardFd] : undefined;
    guard?.on('error', () => undefined);
    child.on('exit', (exitCode, signal) => {
      release();
      // What it left behind in its group, and the watcher.
      killGroup('SIGKILL');
      guard?.destroy();
      let done = false;
      const finish = (): void => {
        if (done) return;
        done = true;
        wait.cancel();
        child.stdout?.destroy();
        child.stderr?.destroy();
        const dropped = stdout.droppedBytes + stderr.droppedBytes;
        resolve({ exitCode, signal, stopped, stdout: stdout.text(), stderr: stderr.text(), droppedBytes: dropped, tookMs: run.clock.monoMs() - startedMs });
      };
      const wait = run.clock.after(closeWaitMs, finish);
      child.on('close', finish);
    });
    if (run.signal.aborted) onAbort();
  });
}

/** Only while the root lives are its children found; there is no polite signal for a program without a window. */
function killWindowsTree(pid: number): void {
  spawn('taskkill', ['/PID', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true, shell: false }).on('error', () => undefined);
}

function notStarted(program: string, error: unknown): RoostError {
  return new RoostError('spawn-failed', `${program} could not be started: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
