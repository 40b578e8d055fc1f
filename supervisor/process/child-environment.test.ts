import { describe, expect, it } from 'vitest';
import { baseEnvironment, childEnvironment } from './child-environment.js';

const marks = { runId: 'run', incarnationId: 'run.1' };

describe("a child's environment", () => {
  it.each<[NodeJS.Platform, Record<string, string>, string[]]>([
    [
      'linux',
      {
        PATH: '/bin',
        HOME: '/h',
        LANG: 'C',
        LC_ALL: 'C',
        TZ: 'UTC',
        TMPDIR: '/t',
        AWS_SECRET_ACCESS_KEY: 's',
        path: 'x',
        NODE_OPTIONS: '--inspect',
        LD_PRELOAD: 'x',
      },
      ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'],
    ],
    ['darwin', { PATH: '/bin', DYLD_INSERT_LIBRARIES: 'x', GITHUB_TOKEN: 's' }, ['PATH']],
    [
      'win32',
      {
        Path: 'C:\\',
        SystemRoot: 'C:\\W',
        APPDATA: 'a',
        LOCALAPPDATA: 'b',
        Temp: 't',
        'ProgramFiles(x86)': 'p',
        HOME: 'h',
        SECRET: 's',
        ELECTRON_RUN_AS_NODE: '1',
      },
      ['Path', 'SystemRoot', 'APPDATA', 'LOCALAPPDATA', 'Temp', 'ProgramFiles(x86)'],
    ],
  ])('on %s takes only what is allowed', (platform, source, names) => {
    expect(Object.keys(baseEnvironment(platform, source))).toEqual(names);
  });

  it('adds what the launch adds, and marks that the launch cannot override', () => {
    const env = childEnvironment({ name: 'agent-1', env: { A: 'b', PATH: '/mine', ROOST_RUN_ID: 'forged', ROOST_INCARNATION_ID: 'forged' } }, marks, 'linux', {
      PATH: '/bin',
      SECRET: 's',
    });
    expect(env).toEqual({ A: 'b', PATH: '/mine', ROOST_RUN_ID: 'run', ROOST_PROCESS: 'agent-1', ROOST_INCARNATION_ID: 'run.1' });
  });

  it('leaves one spelling of a name on Windows', () => {
    const env = childEnvironment({ name: 'x', env: { PATH: 'mine' } }, marks, 'win32', { Path: 'theirs' });
    expect(Object.entries(env).filter(([name]) => name.toUpperCase() === 'PATH')).toEqual([['PATH', 'mine']]);
  });
});
