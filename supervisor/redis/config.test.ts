import { describe, expect, it } from 'vitest';
import { quoted, type RedisConf, redisConf } from './config.js';
import { canUseSocket } from './listen.js';

const conf: RedisConf = {
  listen: { path: '/d/run/redis.sock' },
  dir: '/d/redis',
  appendfsync: 'everysec',
  maxMemoryBytes: 1024,
  flavour: 'redis',
  version: [7, 0, 15],
  adminHash: 'a'.repeat(64),
  queueHash: 'b'.repeat(64),
  nonceUser: 'roost-run-1',
  checker: true,
};
const lines = (change: Partial<RedisConf> = {}): string[] => redisConf({ ...conf, ...change }).split('\n');

it.each([
  ['plain', '"plain"'],
  ['with space', '"with space"'],
  ['Größe 日本', '"Größe 日本"'],
  ['C:\\Users\\ä', '"C:\\\\Users\\\\ä"'],
  ['say "x"', '"say \\"x\\""'],
  ['a\nuser default on', '"a\\x0auser default on"'],
])('quotes %j', (text, expected) => {
  expect(quoted(text)).toBe(expected);
});
it('refuses what no file name can hold', () => {
  expect(() => quoted('a\0b')).toThrow(RangeError);
});

describe('the configuration', () => {
  it('listens on a socket only, or on loopback only', () => {
    expect(lines()).toEqual(expect.arrayContaining(['port 0', 'unixsocket "/d/run/redis.sock"', 'unixsocketperm 700']));
    const tcp = lines({ listen: { port: 40_000 } });
    expect(tcp).toEqual(expect.arrayContaining(['bind 127.0.0.1', 'port 40000']));
    expect(tcp.join('\n')).not.toContain('unixsocket');
  });
  it('loses no jobs and evicts none', () => {
    expect(lines()).toEqual(
      expect.arrayContaining([
        'appendonly yes',
        'appendfsync everysec',
        'maxmemory-policy noeviction',
        'maxmemory 1024',
        'save 3600 1',
        'maxclients 256',
        'databases 1',
      ]),
    );
    expect(lines({ appendfsync: 'always' })).toContain('appendfsync always');
  });
  it('lets nobody in by default and stores no password in clear', () => {
    expect(lines()).toEqual(
      expect.arrayContaining(['user default off ~* &* +@all', `user roost-admin on #${'a'.repeat(64)} ~* &* +@all`, 'user roost-run-1 off']),
    );
  });
  it.each([
    ['redis', [6, 2, 14], false],
    ['redis', [7, 0, 0], true],
    ['valkey', [8, 1, 0], true],
    ['memurai', [4, 1, 0], true],
    ['memurai', [3, 0, 0], false],
  ] as const)('%s %j knows the command locks: %s', (flavour, version, knows) => {
    expect(lines({ flavour, version }).includes('enable-debug-command no')).toBe(knows);
  });
});

it.each<[NodeJS.Platform, string, boolean]>([
  ['linux', `/${'a'.repeat(99)}`, true],
  ['linux', `/${'a'.repeat(100)}`, false],
  ['darwin', `/${'ä'.repeat(50)}`, false],
  ['win32', 'C:\\s', false],
])('on %s a socket at %s: %s', (platform, path, answer) => {
  expect(canUseSocket(platform, path)).toBe(answer);
});
