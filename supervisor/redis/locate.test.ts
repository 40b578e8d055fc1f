import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candidates, flavourOf, installCommand, isNewEnough, locate, versionIn } from './locate.js';

describe('candidates', () => {
  it('are the configured path alone when there is one', () => {
    expect(candidates({ platform: 'linux', configured: '/opt/r', resourcesDir: '/app', searchPath: ['/usr/bin'] })).toEqual(['/opt/r']);
  });
  it('on Linux: bundled, then PATH without relative parts, then the usual places, each once', () => {
    const list = candidates({ platform: 'linux', resourcesDir: '/app/resources', searchPath: ['', '.', 'bin', '/home/u/bin', '/usr/bin'] });
    expect(list.slice(0, 6)).toEqual([
      '/app/resources/redis/redis-server',
      '/app/resources/redis/valkey-server',
      '/home/u/bin/redis-server',
      '/usr/bin/redis-server',
      '/home/u/bin/valkey-server',
      '/usr/bin/valkey-server',
    ]);
    expect(list).toContain('/usr/local/bin/redis-server');
    expect(new Set(list).size).toBe(list.length);
    expect(list.every((path) => path.startsWith('/'))).toBe(true);
  });
  it.each<[NodeJS.Platform, string]>([
    ['darwin', '/opt/homebrew/bin/redis-server'],
    ['darwin', '/usr/local/bin/valkey-server'],
    ['win32', 'C:\\Program Files\\Memurai\\memurai.exe'],
    ['win32', 'C:\\Program Files\\Redis\\redis-server.exe'],
  ])('on %s hold %s', (platform, path) => {
    expect(candidates({ platform, searchPath: [] })).toContain(path);
  });
  it('on Windows search PATH with its own rules', () => {
    expect(candidates({ platform: 'win32', searchPath: ['D:\\tools', 'tools'] })[0]).toBe('D:\\tools\\redis-server.exe');
  });
});

it.each([
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0', [7, 0, 15]],
  ['Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', [8, 0, 1]],
  ['Memurai Developer 4.1.2', [4, 1, 2]],
  ['Segmentation fault', undefined],
  ['', undefined],
])('reads the version of %j', (output, version) => {
  expect(versionIn(output)).toEqual(version);
});

it.each([
  ['redis', [6, 2, 0], true],
  ['redis', [6, 0, 16], false],
  ['redis', [5, 9, 9], false],
  ['redis', [7, 0, 15], true],
  ['memurai', [4, 1, 0], true],
] as const)('%s %j is new enough: %s', (flavour, version, answer) => {
  expect(isNewEnough({ flavour, version })).toBe(answer);
});

it.each([
  ['/usr/bin/redis-server', 'redis'],
  ['/x/valkey-server', 'valkey'],
  ['C:\\Program Files\\Memurai\\memurai.exe', 'memurai'],
])('%s is %s', (path, flavour) => {
  expect(flavourOf(path)).toBe(flavour);
});

it.each<[NodeJS.Platform, string[], string]>([
  ['linux', ['apt-get'], 'sudo apt-get install redis-server'],
  ['linux', ['dnf'], 'sudo dnf install redis'],
  ['linux', ['pacman'], 'sudo pacman -S valkey'],
  ['darwin', [], 'brew install redis'],
])('on %s with %j one installs by %s', (platform, programs, command) => {
  expect(installCommand(platform, (program) => programs.includes(program))).toBe(command);
});
it('on Windows names Memurai and WSL', () => {
  expect(installCommand('win32', () => false)).toMatch(/Memurai.*WSL/);
});

describe('locating', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'roost-locate-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  async function program(name: string): Promise<string> {
    const path = join(dir, name);
    await writeFile(path, '#!/bin/sh\n');
    await chmod(path, 0o700);
    return path;
  }

  it('passes over a server that is too old', async () => {
    const old = await program('redis-server');
    const good = await program('valkey-server');
    // No usual places on this platform: nothing of the machine under test comes in between.
    const found = await locate({ platform: 'aix', searchPath: [dir] }, async (path) => (path === old ? 'Redis server v=6.0.16' : 'Valkey server v=8.0.1'));
    expect(found).toEqual({ path: good, flavour: 'valkey', version: [8, 0, 1] });
  });

  it('says in one sentence what to do when there is none', async () => {
    await program('apt-get');
    const failed = locate({ platform: 'aix', searchPath: [dir] }, async () => '');
    await expect(failed).rejects.toMatchObject({ code: 'redis-missing', message: expect.stringContaining('`sudo apt-get install redis-server`') });
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining('\n') });
  });

  it('blames ROOST_REDIS_SERVER when that is wrong, and tries nothing else', async () => {
    await program('redis-server');
    const configured = join(dir, 'nothing');
    await expect(locate({ platform: 'aix', configured, searchPath: [dir] }, async () => 'v=7.0.15')).rejects.toMatchObject({
      code: 'redis-missing',
      field: 'ROOST_REDIS_SERVER',
      message: expect.stringContaining(configured),
    });
  });
});
