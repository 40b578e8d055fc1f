import { describe, expect, it } from 'vitest';
import { type LoginFacts, type LoginSettings, loginDoor, loginPlan, startsHidden, unpackagedArgs } from './login-item.js';

const facts: LoginFacts = { platform: 'linux', env: {}, home: '/home/ada', packaged: true, execPath: '/opt/Roost/roost-desktop', appArgs: [], place: null };
const file = '/home/ada/.config/autostart/roost.desktop';

describe('how this Roost can start at login', () => {
  it.each<[string, Partial<LoginFacts>, object]>([
    ['a package on Linux', {}, { kind: 'file', file, argv: ['/opt/Roost/roost-desktop', '--hidden'] }],
    [
      'an AppImage',
      { env: { APPIMAGE: '/home/ada/R.AppImage' }, execPath: '/tmp/.mount_R1/roost' },
      { kind: 'file', file, argv: ['/home/ada/R.AppImage', '--hidden'] },
    ],
    [
      'an AppImage that does not say where it is',
      { execPath: '/tmp/.mount_R1/roost' },
      { kind: 'none', reason: expect.stringContaining('gone after its end') },
    ],
    [
      'from its sources',
      { packaged: false, execPath: '/e/electron', appArgs: ['-r', 'b.cjs', '/src'] },
      { kind: 'file', file, argv: ['/e/electron', '-r', 'b.cjs', '/src', '--hidden'] },
    ],
    [
      'with a data directory of its own',
      { env: { ROOST_DATA_DIR: '/d', ROOST_CONFIG: '' } },
      { kind: 'file', file, argv: ['env', 'ROOST_DATA_DIR=/d', '/opt/Roost/roost-desktop', '--hidden'] },
    ],
    ['a path with a line end', { execPath: '/opt/R\noost' }, { kind: 'none', reason: expect.stringContaining('characters') }],
    ['an account without a home', { home: '' }, { kind: 'none', reason: expect.stringContaining('home directory') }],
    ['installed on macOS', { platform: 'darwin' }, { kind: 'system' }],
    ['installed on Windows', { platform: 'win32' }, { kind: 'system' }],
    ['from its sources on Windows', { platform: 'win32', packaged: false }, { kind: 'none', reason: expect.stringContaining('installed') }],
    [
      'with a data directory of its own on macOS',
      { platform: 'darwin', env: { ROOST_DATA_DIR: '/d' } },
      { kind: 'none', reason: expect.stringContaining('ROOST_DATA_DIR=/d') },
    ],
    ['from a copy that macOS made', { platform: 'darwin', place: 'move it' }, { kind: 'none', reason: 'move it' }],
  ])('%s', (_what, change, plan) => expect(loginPlan({ ...facts, ...change })).toEqual(plan));
});

class FakeSystem implements LoginSettings {
  open = false;
  status = 'not-registered';
  wasOpenedAtLogin = false;
  readonly asked: unknown[] = [];
  getLoginItemSettings(options?: { args?: string[] }) {
    this.asked.push(options);
    return { openAtLogin: this.open, status: this.status, wasOpenedAtLogin: this.wasOpenedAtLogin };
  }
  setLoginItemSettings(settings: { openAtLogin: boolean; args?: string[] }): void {
    this.asked.push(settings);
    this.open = settings.openAtLogin;
  }
}

describe('where the system keeps it', () => {
  it('is off until it is asked for, and what the system says is told, not what was wished', async () => {
    const system = new FakeSystem();
    const login = loginDoor({ ...facts, platform: 'darwin' }, system);
    expect(await login.read()).toEqual({ state: 'off', reason: null, file: null });
    expect(await login.set(true)).toEqual({ state: 'on', reason: null, file: null });
    // Windows finds it only by the arguments it was set with.
    expect(system.asked).toEqual([{ args: ['--hidden'] }, { openAtLogin: true, args: ['--hidden'] }, { args: ['--hidden'] }]);
    system.open = false;
    expect(await login.read()).toMatchObject({ state: 'off' });
    system.open = true;
    system.status = 'requires-approval';
    expect(await login.read()).toMatchObject({ state: 'off', reason: expect.stringContaining('Login Items') });
  });

  it('nothing is set where it cannot be had', async () => {
    const system = new FakeSystem();
    const login = loginDoor({ ...facts, platform: 'win32', packaged: false }, system);
    expect(await login.set(true)).toMatchObject({ state: 'unavailable', reason: expect.stringContaining('installed') });
    expect(system.asked).toEqual([]);
  });
});

it.each([
  ['linux', ['/opt/roost', '--hidden'], false, true],
  ['linux', ['/opt/roost'], true, false],
  ['win32', ['roost.exe', '--hidden'], false, true],
  ['darwin', ['Roost'], true, true],
  ['darwin', ['Roost'], false, false],
] as const)('on %s started as %j, at login %s: hidden %s', (platform, argv, atLogin, hidden) => {
  const system = new FakeSystem();
  system.wasOpenedAtLogin = atLogin;
  expect(startsHidden(argv, platform, system)).toBe(hidden);
});

it('an app that is not packaged is told to its runtime as npm start tells it', () => {
  expect(unpackagedArgs('/src/dist/main')).toEqual(['-r', '/src/dist/preload/before-ready.cjs', '/src']);
});
