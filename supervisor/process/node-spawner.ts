import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { type Containment, contain, planContainment } from '../../core/base/containment.js';
import type { Log } from '../../core/base/log.js';
import { ownPath } from './child-environment.js';
import { type JobObject, openJobObject } from './job-object.js';
import { leanFlags } from './lean-flags.js';
import { stateOf } from './proc-stat.js';
import { checkFolder, resolveProgram } from './program-path.js';
import { toolCodeNow } from './run-tool.js';
import { canStandBy, Standby, type WaitingChild } from './standby.js';
import { installTether } from './tether.js';
import type { Launch, RawChild, Spawner } from './types.js';

export interface NodeSpawnerOptions {
  /** Where the built bundles queue-worker.js and agent.js lie. */
  readonly entryDir: string;
  /** A folder of ours for a small program that ties children to us (see tether.ts); without one the system's own tools do it. */
  readonly toolDir?: string;
  readonly log?: Log;
  /** For tests; else found out once, at the first spawn. */
  readonly containment?: Containment;
  readonly nodePath?: string;
}

/** More than this many messages on the way to a child means that it does not read. */
const maxOutgoing = 2_000;

/** Finds out once what this machine offers, and turns core dumps off for ourselves and so for all children: they hold secrets. */
function detectContainment(toolDir: string | undefined): Containment {
  if (process.platform !== 'linux') return planContainment(process.platform, null);
  toolCodeNow('prlimit', ['--pid', String(process.pid), '--core=0']);
  const tether = toolDir === undefined ? null : installTether(toolDir);
  if (tether !== null) return { kind: 'tether', path: tether };
  let path: string | null = null;
  try {
    path = resolveProgram('setpriv', { cwd: '/', path: ownPath() });
  } catch {
    // Not installed: the shell watcher does the same.
  }
  // Asked by doing: the setpriv of some small systems knows no --pdeathsig.
  const works = path !== null && toolCodeNow(path, ['--pdeathsig', 'KILL', '--', 'true']) === 0;
  return planContainment('linux', works ? path : null);
}

/** Spawns by node:child_process: argv only, no shell, no console window, tied to our life. */
export function createNodeSpawner(options: NodeSpawnerOptions): Spawner {
  let known = options.containment;
  const containment = (): Containment => {
    known ??= detectContainment(options.toolDir);
    return known;
  };
  let job: Promise<JobObject | null> | undefined;

  const intoJob = (pid: number, memoryBytes: number | undefined): void => {
    job ??= openJobObject().catch((error: unknown) => {
      options.log?.warn('children cannot be tied to Roost by a job object', { error });
      return null;
    });
    void job.then((opened) => opened?.assign(pid, memoryBytes) === false && options.log?.warn('a child could not be put into the job object', { pid }));
  };

  const begin = (plan: SpawnPlan, cwd: string | undefined, env: Readonly<Record<string, string>>): ChildProcess => {
    const contained = contain(containment(), plan.argv, plan.guardFd);
    return spawn(contained.argv[0], contained.argv.slice(1), {
      cwd,
      env: { ...env },
      stdio: [...plan.stdio, ...(contained.needsGuard ? (['pipe'] as const) : [])],
      shell: false,
      windowsHide: true,
      // An own group on POSIX, so that one signal reaches the tree; on Windows it would undo windowsHide.
      detached: process.platform !== 'win32',
      serialization: 'json',
    });
  };
  const standby = new Standby({
    start: (argv, env) => waitingChild(begin({ argv, stdio: ['pipe', 'pipe', 'pipe'], hasChannel: false, guardFd: 3 }, '/', env)),
  });

  return {
    spawn(launch, env) {
      const plan = spawnPlan(launch, env, options);
      if ('command' in launch.program) {
        const ready = standby.become({ argv: plan.argv, cwd: launch.cwd ?? process.cwd(), env, keepsInput: plan.stdio[0] === 'pipe' });
        if (ready !== null) return ready;
      }
      const child = begin(plan, launch.cwd, env);
      if (process.platform === 'win32' && child.pid !== undefined) intoJob(child.pid, launch.memoryBytes);
      return rawChild(child, plan.hasChannel, containment().kind === 'shell' ? plan.guardFd : null);
    },
    prepare(env) {
      if (canStandBy(containment())) standby.prepare(env);
    },
    dismiss: () => standby.dismiss(),
  };
}

interface SpawnPlan {
  readonly argv: readonly [string, ...string[]];
  readonly stdio: readonly ('pipe' | 'ignore' | 'ipc')[];
  readonly hasChannel: boolean;
  /** Where a guard's pipe would be. */
  readonly guardFd: number;
}

function spawnPlan(launch: Launch, env: Readonly<Record<string, string>>, options: NodeSpawnerOptions): SpawnPlan {
  const cwd = launch.cwd ?? process.cwd();
  if (launch.cwd !== undefined) checkFolder(launch.cwd);
  let argv: readonly [string, ...string[]];
  if ('entry' in launch.program) {
    argv = [
      options.nodePath ?? process.execPath,
      ...(launch.program.entry === 'agent' ? leanFlags : []),
      join(options.entryDir, `${launch.program.entry}.js`),
      ...launch.program.args,
    ];
  } else {
    // Garbage on Node's channel is an uncaught exception on our side: it is for our own programs only.
    if (launch.wire === 'messages') throw new Error('a foreign program cannot have the messages wire');
    const [command, ...args] = launch.program.command;
    argv = [process.platform === 'win32' ? command : resolveProgram(command, { cwd, path: env['PATH'] }), ...args];
  }
  const hasChannel = launch.wire === 'messages';
  const stdin = launch.wire === 'lines' || launch.stdin !== 'none' ? 'pipe' : 'ignore';
  return { argv, stdio: [stdin, 'pipe', 'pipe', ...(hasChannel ? (['ipc'] as const) : [])], hasChannel, guardFd: hasChannel ? 4 : 3 };
}

/** Nobody's process yet: it keeps nothing of ours awake, and whatever becomes of it is no event. */
function waitingChild(child: ChildProcess): WaitingChild | null {
  child.on('error', () => undefined);
  const { stdin, stdout, stderr, pid } = child;
  if (pid === undefined || stdin === null || stdout === null || stderr === null) return null;
  stdin.on('error', () => undefined);
  const held = [child, ...[stdin, stdout, stderr].map((stream) => stream as Socket)];
  for (const one of held) one.unref();
  return {
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    // The kernel knows of an end, or of a stop, before any event tells us.
    get listens() {
      return stateOf(pid) === 'S';
    },
    release(orders, keepsInput) {
      for (const one of held) one.ref();
      if (keepsInput) stdin.write(orders);
      else stdin.end(orders);
      return { ...rawChild(child, false, null), pid, stdin: keepsInput ? stdin : null };
    },
    // At the end of its input it goes by itself; the signal is for one that has become deaf.
    dismiss() {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      child.kill('SIGKILL');
    },
  };
}

function rawChild(child: ChildProcess, hasChannel: boolean, guardFd: number | null): RawChild {
  // Undefined after a spawn that failed for want of file descriptors, whatever the types say.
  const guard = guardFd === null ? undefined : (child.stdio as ChildProcess['stdio'] | undefined)?.[guardFd as 3 | 4];
  if (guard !== undefined && guard !== null) {
    guard.on('error', () => undefined);
    child.on('exit', () => guard.destroy());
  }
  return {
    get pid() {
      return child.pid;
    },
    leadsGroup: process.platform !== 'win32',
    stdin: child.stdin ?? null,
    stdout: child.stdout ?? null,
    stderr: child.stderr ?? null,
    port: hasChannel && child.pid !== undefined ? channelOf(child) : null,
    onExit: (listener) => void child.on('exit', listener),
    onError: (listener) => void child.on('error', listener),
  };
}

function channelOf(child: ChildProcess): NonNullable<RawChild['port']> {
  let outgoing = 0;
  return {
    post(message) {
      if (!child.connected) throw new Error('the channel is closed');
      // A stopped child reads nothing while our queue would grow without bound.
      if (outgoing >= maxOutgoing) throw new Error(`${outgoing} messages wait unread`);
      outgoing++;
      // With a callback a failed send is told here instead of as an 'error' event that looks like a failed spawn.
      child.send(message as object, () => {
        outgoing--;
      });
    },
    onMessage: (listener) => void child.on('message', listener),
  };
}
