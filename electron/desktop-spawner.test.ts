import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Launch, RawChild, Spawner } from '../supervisor/process/types.js';
import { createDesktopSpawner, exitOf, type Fork, type ForkedProcess } from './desktop-spawner.js';

class FakeForked extends EventEmitter implements ForkedProcess {
  pid: number | undefined = undefined;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly posted: unknown[] = [];
  postMessage(message: unknown): void {
    this.posted.push(message);
  }
  spawned(pid: number): void {
    this.pid = pid;
    this.emit('spawn');
  }
  ended(code: number): void {
    // As Electron does: the pid is forgotten before the exit is told.
    this.pid = undefined;
    this.emit('exit', code);
  }
}

const entry: Launch = {
  name: 'worker-turns',
  kind: 'worker',
  program: { entry: 'queue-worker', args: ['--x'] },
  env: {},
  stdin: 'none',
  wire: 'messages',
  cwd: '/data',
};

function rig(platform: NodeJS.Platform = 'linux') {
  const forked = new FakeForked();
  const calls: Parameters<Fork>[] = [];
  const delegated: Launch[] = [];
  const commands: Spawner = {
    spawn(launch) {
      delegated.push(launch);
      return {} as RawChild;
    },
  };
  const fork: Fork = (...call) => {
    calls.push(call);
    return forked;
  };
  return { forked, calls, delegated, spawner: createDesktopSpawner({ entryDir: '/app/dist/main', commands, platform, fork }) };
}

describe('createDesktopSpawner', () => {
  it('runs our own programs as utility processes with exactly the environment it was given', () => {
    const { spawner, calls } = rig();
    spawner.spawn(entry, { PATH: '/bin' });
    expect(calls).toEqual([
      [
        '/app/dist/main/queue-worker.js',
        ['--x'],
        { env: { PATH: '/bin' }, stdio: ['ignore', 'pipe', 'pipe'], serviceName: 'roost-worker-turns', cwd: '/data' },
      ],
    ]);
  });

  it('gives agents a V8 that needs less memory, and nobody else', () => {
    const { spawner, calls } = rig();
    spawner.spawn({ ...entry, kind: 'agent', program: { entry: 'agent', args: [] } }, {});
    spawner.spawn(entry, {});
    expect(calls.map(([, , { execArgv }]) => execArgv)).toEqual([['--js-flags=--no-opt --max-semi-space-size=1 --single-threaded-gc'], undefined]);
  });

  it('leaves foreign programs to the other spawner', () => {
    const { spawner, calls, delegated } = rig();
    const command: Launch = { ...entry, program: { command: ['redis-server', '-'] } };
    spawner.spawn(command, {});
    expect(calls).toEqual([]);
    expect(delegated).toEqual([command]);
  });

  it('tells the pid once it is known and keeps it after the exit', () => {
    const { spawner, forked } = rig();
    const child = spawner.spawn(entry, {});
    const pids: number[] = [];
    child.onSpawn?.((pid) => pids.push(pid));
    expect(child.pid).toBeUndefined();
    forked.spawned(4711);
    expect(pids).toEqual([4711]);
    forked.ended(0);
    expect(child.pid).toBe(4711);
    expect(child.leadsGroup).toBe(false);
  });

  it('carries messages both ways, also where a headless child would have lines', () => {
    const { spawner, forked } = rig();
    const child = spawner.spawn({ ...entry, wire: 'lines' }, {});
    const heard: unknown[] = [];
    child.port?.onMessage((message) => heard.push(message));
    child.port?.post({ type: 'start' });
    forked.emit('message', { type: 'ready' });
    expect(forked.posted).toEqual([{ type: 'start' }]);
    expect(heard).toEqual([{ type: 'ready' }]);
  });

  it('has no port without a wire', () => expect(rig().spawner.spawn({ ...entry, wire: 'none' }, {}).port).toBeNull());

  it('reports a kill as a signal', () => {
    const { spawner, forked } = rig();
    const exits: unknown[] = [];
    spawner.spawn(entry, {}).onExit((code, signal) => exits.push([code, signal]));
    forked.ended(9);
    expect(exits).toEqual([[null, 'SIGKILL']]);
  });
});

describe('exitOf', () => {
  it.each([
    [0, 'linux', { code: 0, signal: null }],
    [1, 'linux', { code: 1, signal: null }],
    [70, 'darwin', { code: 70, signal: null }],
    [15, 'darwin', { code: null, signal: 'SIGTERM' }],
    [11, 'linux', { code: null, signal: 'SIGSEGV' }],
    [9, 'win32', { code: 9, signal: null }],
    [-1073741819, 'win32', { code: -1073741819, signal: null }],
  ] as const)('%i on %s', (status, platform, exit) => expect(exitOf(status, platform)).toEqual(exit));
});
