import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RoostError } from '../contract/errors.js';
import { systemClock } from '../core/base/clock.js';
import { type FakeCore, fakeCore } from '../supervisor/state/fake-core.js';
import { readControl } from './control-file.js';
import { call } from './door-fixture.js';
import { type CoreOptions, type HeadlessWorld, runHeadless } from './headless-run.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'roost up-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Run {
  readonly out: string[];
  readonly err: string[];
  readonly core: FakeCore;
  readonly built: CoreOptions[];
  readonly opened: string[];
  readonly code: Promise<number>;
  signal(name: string): void;
  fault(error: unknown): void;
}

function up(argv: readonly string[] = [], changes: Partial<HeadlessWorld> = {}, core = fakeCore()): Run {
  const out: string[] = [];
  const err: string[] = [];
  const built: CoreOptions[] = [];
  const opened: string[] = [];
  let signal: (name: string) => void = () => undefined;
  let fault: (error: unknown) => void = () => undefined;
  const world: HeadlessWorld = {
    argv: ['--data-dir', join(directory, 'data'), ...argv],
    env: {},
    cwd: directory,
    platform: 'linux',
    home: '',
    pid: process.pid,
    version: '0.0.0',
    entryDir: directory,
    resourcesDir: directory,
    rendererDir: directory,
    clock: systemClock,
    random: () => 0.5,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    onSignal: (listener) => {
      signal = listener;
    },
    onFault: (listener) => {
      fault = listener;
    },
    identify: async (pid) => ({ pid, startedAt: 'mark', bootId: 'boot' }),
    lives: (identity) => identity.startedAt === 'mark',
    openBrowser: (url) => opened.push(url),
    createCore: async (options) => {
      built.push(options);
      return core;
    },
    ...changes,
  };
  return { out, err, core, built, opened, code: runHeadless(world), signal: (name) => signal(name), fault: (error) => fault(error) };
}

async function until(check: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!check()) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const dataDir = (): string => join(directory, 'data');

describe('roost up', () => {
  it('says ready once, can be found and called, and leaves nothing behind', async () => {
    const run = up(['--open']);
    await until(() => run.out.length > 0);
    const control = await readControl(dataDir());
    expect(run.out).toEqual([`roost ready url=${control?.url} data-dir=${JSON.stringify(dataDir())} pid=${process.pid}`]);
    expect(run.err.join('\n')).toContain(`Open the screen: ${control?.url}#ticket=`);
    expect(run.opened[0]).toContain('#ticket=');
    expect(run.built[0]).toMatchObject({ door: 'headless', dataDir: dataDir(), configFile: undefined });
    const port = Number(new URL(control?.url ?? '').port);
    const answer = await fetch(new URL('/api/health', control?.url), { headers: { authorization: `Bearer ${control?.token}` } });
    expect(answer.status).toBe(200);
    run.signal('SIGTERM');
    expect(await run.code).toBe(0);
    expect(run.core.log).toEqual(['api open', 'start', 'stop SIGTERM 30000', 'api closed']);
    expect(await readdir(dataDir())).toEqual([]);
    await expect(call(port, 'GET', '/health/live')).rejects.toThrow();
    expect(run.out).toHaveLength(1);
    expect(run.err.join('\n')).not.toContain(control?.token ?? 'no token');
  });

  it('a second host on the same data names the first and leaves with 0, touching nothing', async () => {
    const first = up();
    await until(() => first.out.length > 0);
    const before = await readFile(join(dataDir(), 'control.json'), 'utf8');
    const second = up();
    expect(await second.code).toBe(0);
    expect(second.out).toEqual([`roost already running url=${(await readControl(dataDir()))?.url} data-dir=${JSON.stringify(dataDir())} pid=${process.pid}`]);
    expect(second.built).toEqual([]);
    expect(await readFile(join(dataDir(), 'control.json'), 'utf8')).toBe(before);
    first.signal('SIGINT');
    expect(await first.code).toBe(0);
  });

  it('starts over broken leftovers', async () => {
    const first = up();
    await until(() => first.out.length > 0);
    first.signal('SIGTERM');
    await first.code;
    await writeFile(join(dataDir(), 'control.json'), '{"url":');
    await writeFile(join(dataDir(), 'lock'), JSON.stringify({ pid: process.pid, startedAt: 'another life', bootId: 'boot', nonce: 'n' }));
    const run = up();
    await until(() => run.out.length > 0);
    run.signal('SIGTERM');
    expect(await run.code).toBe(0);
  });

  it.each([
    [['--host', '0.0.0.0'], '--host must be a loopback address'],
    [['--port', 'x'], '--port must be a port'],
    [['--what'], 'what'],
  ])('%j is bad usage: 2', async (argv, message) => {
    const run = up(argv);
    expect(await run.code).toBe(2);
    expect(run.err[0]).toContain(message);
    expect(run.out).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('a start that fails is one sentence and 1, with everything stopped', async () => {
    const core = fakeCore();
    const run = up(
      [],
      {},
      Object.assign(core, {
        start: async () => {
          throw new RoostError('redis-missing', 'No Redis server was found: install one with `x`.');
        },
      }),
    );
    expect(await run.code).toBe(1);
    expect(run.err.filter((line) => !line.startsWith('{'))).toEqual(['roost: No Redis server was found: install one with `x`.']);
    expect(core.log).toEqual(['api open', 'stop start failed 0', 'api closed']);
    expect(await readdir(dataDir())).toEqual([]);
    expect(run.out).toEqual([]);
  });

  it('a core that cannot be built, a bad config and a bad directory: 1', async () => {
    const broken = up([], {
      createCore: async () => {
        throw new Error('canary inner text');
      },
    });
    expect(await broken.code).toBe(1);
    expect(broken.err.at(-1)).not.toContain('canary');
    const config = up(['--config', 'nowhere.yaml'], {
      createCore: async ({ configFile }) => {
        throw new RoostError('config-invalid', `There is no config file at ${configFile}.`);
      },
    });
    expect(await config.code).toBe(1);
    expect(config.err.at(-1)).toContain('nowhere.yaml');
    await writeFile(join(directory, 'file'), '');
    const file = up(['--data-dir', join(directory, 'file')]);
    expect(await file.code).toBe(1);
    expect(file.err.at(-1)).toContain('choose another with --data-dir');
  });

  it('over data of a newer Roost it says so and exits 78: whoever starts it again and again may stop', async () => {
    const run = up([], { createCore: () => Promise.reject(new RoostError('newer-state', 'written by a newer Roost')) });
    expect(await run.code).toBe(78);
    expect(run.err.at(-1)).toContain('roost: written by a newer Roost');
  });

  it('a signal during the start stops it, a second one shortens', async () => {
    const core = fakeCore();
    let release: () => void = () => undefined;
    const stopped: number[] = [];
    Object.assign(core, {
      start: () => new Promise<void>(() => undefined),
      stop: (_reason: string, drainMs: number) => {
        stopped.push(drainMs);
        if (stopped.length > 1) release();
        return new Promise<void>((resolve) => {
          release = stopped.length > 1 ? release : resolve;
          if (stopped.length > 1) resolve();
        });
      },
    });
    const run = up([], {}, core);
    await until(() => core.log.includes('api open'));
    run.signal('SIGTERM');
    await until(() => stopped.length === 1);
    run.signal('SIGTERM');
    expect(await run.code).toBe(0);
    expect(stopped).toEqual([30_000, 3_000]);
    expect(run.out).toEqual([]);
  });

  it('an error nobody caught stops everything and exits 70', async () => {
    const run = up();
    await until(() => run.out.length > 0);
    run.fault(new Error('boom'));
    expect(await run.code).toBe(70);
    expect(run.core.log).toContain('stop fault 0');
    expect(await readdir(dataDir())).toEqual([]);
  });
});
