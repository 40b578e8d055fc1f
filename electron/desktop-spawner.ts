import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { leanFlags } from '../supervisor/process/lean-flags.js';
import type { Launch, RawChild, Spawner } from '../supervisor/process/types.js';

/** What is used of Electron's UtilityProcess. */
export interface ForkedProcess {
  readonly pid: number | undefined;
  readonly stdout: Readable | NodeJS.ReadableStream | null;
  readonly stderr: Readable | NodeJS.ReadableStream | null;
  postMessage(message: unknown): void;
  on(event: 'spawn', listener: () => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

export type Fork = (
  path: string,
  args: string[],
  options: { env: Record<string, string>; stdio: ('ignore' | 'pipe')[]; serviceName: string; cwd?: string; execArgv?: string[] },
) => ForkedProcess;

/**
 * On POSIX a utility process killed by a signal reports the signal's number as its exit code. Our own
 * programs never end with one of these, so the number can be read back.
 */
const signalOfCode: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

export function exitOf(code: number, platform: NodeJS.Platform): { readonly code: number | null; readonly signal: string | null } {
  const signal = platform === 'win32' ? undefined : signalOfCode[code];
  return signal === undefined ? { code, signal: null } : { code: null, signal };
}

/** As a switch of Chromium: flags of Node are not read by a utility process. */
const lean = `--js-flags=${leanFlags.join(' ')}`;

/** One of our own programs in a utility process: a packaged app has no plain Node to fork (the RunAsNode fuse is off). */
class UtilityChild implements RawChild {
  readonly stdin = null;
  readonly leadsGroup = false;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly port: RawChild['port'];
  readonly #forked: ForkedProcess;
  readonly #platform: NodeJS.Platform;
  #pid: number | undefined;

  constructor(forked: ForkedProcess, platform: NodeJS.Platform, wired: boolean) {
    this.#forked = forked;
    this.#platform = platform;
    this.stdout = forked.stdout as Readable | null;
    this.stderr = forked.stderr as Readable | null;
    this.port = wired ? { post: (message) => forked.postMessage(message), onMessage: (listener) => void forked.on('message', listener) } : null;
    forked.on('spawn', () => {
      this.#pid = forked.pid;
    });
  }

  /** Kept after the exit, when Electron has forgotten it: the ledger entry is found by it. */
  get pid(): number | undefined {
    return this.#pid;
  }

  onSpawn(listener: (pid: number) => void): void {
    this.#forked.on('spawn', () => {
      if (this.#pid !== undefined) listener(this.#pid);
    });
  }

  onExit(listener: (code: number | null, signal: string | null) => void): void {
    this.#forked.on('exit', (status) => {
      const { code, signal } = exitOf(status, this.#platform);
      listener(code, signal);
    });
  }

  /** A utility process that cannot start still reports an exit; its `error` event is a V8 report, and an exit follows it. */
  onError(): void {}
}

/** Entries become utility processes (`fork` is `utilityProcess.fork`); every other program is started as headless starts it. */
export function createDesktopSpawner(options: {
  readonly entryDir: string;
  readonly commands: Spawner;
  readonly platform: NodeJS.Platform;
  readonly fork: Fork;
}): Spawner {
  const { fork, platform } = options;
  return {
    spawn(launch: Launch, env) {
      if (!('entry' in launch.program)) return options.commands.spawn(launch, env);
      const forked = fork(join(options.entryDir, `${launch.program.entry}.js`), [...launch.program.args], {
        env: { ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        serviceName: `roost-${launch.name}`,
        ...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
        ...(launch.program.entry === 'agent' ? { execArgv: [lean] } : {}),
      });
      return new UtilityChild(forked, platform, launch.wire !== 'none');
    },
    prepare: (env) => options.commands.prepare?.(env),
    dismiss: () => options.commands.dismiss?.(),
  };
}
