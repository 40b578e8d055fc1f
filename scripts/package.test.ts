import { describe, expect, it } from 'vitest';
import { builderArgs, unpackedDir } from './package.mjs';

describe('builderArgs', () => {
  it.each([
    [['--dir'], ['--dir']],
    [
      ['--dir', '--electron-dist', '/opt/electron', '--electron-version', '45.4.1'],
      ['--dir', '-c.electronDist=/opt/electron', '-c.electronVersion=45.4.1'],
    ],
    [
      ['--electron-dist=/opt/a=b', '--linux', 'deb'],
      ['-c.electronDist=/opt/a=b', '--linux', 'deb'],
    ],
    [[], []],
  ])('%j', (given, passed) => expect(builderArgs(given)).toEqual(passed));

  it.each([[['--electron-dist']], [['--electron-dist', '--dir']], [['--electron-version=']]])('refuses %j', (given) =>
    expect(() => builderArgs(given)).toThrow('needs a value'),
  );
});

describe('unpackedDir', () => {
  it.each([
    ['linux', 'x64', 'linux-unpacked'],
    ['linux', 'arm64', 'linux-arm64-unpacked'],
    ['win32', 'x64', 'win-unpacked'],
    ['darwin', 'arm64', 'mac-arm64'],
    ['darwin', 'x64', 'mac'],
  ])('%s %s', (platform, arch, dir) => expect(unpackedDir(platform, arch)).toBe(dir));
});
