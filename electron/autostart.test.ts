import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Autostart, autostartFile, desktopEntry, execLine, stateOf } from './autostart.js';

it.each([
  [{ XDG_CONFIG_HOME: '/x/cfg' }, '/home/ada', '/x/cfg/autostart/roost.desktop'],
  [{ XDG_CONFIG_HOME: 'relative' }, '/home/ada', '/home/ada/.config/autostart/roost.desktop'],
  [{ XDG_CONFIG_HOME: '' }, '/home/ada', '/home/ada/.config/autostart/roost.desktop'],
  [{}, '', undefined],
] as const)('with %j and the home %j the file is %s', (env, home, file) => expect(autostartFile(env, home)).toBe(file));

it.each([
  [['/opt/Roost/roost-desktop', '--hidden'], '"/opt/Roost/roost-desktop" "--hidden"'],
  [['/home/a b/Roost.AppImage'], '"/home/a b/Roost.AppImage"'],
  // Inside of quotes ", `, $ and \ get a backslash; then each backslash of a string of the file is two.
  [['a"b'], '"a\\\\"b"'],
  [['$HOME/`x`'], '"\\\\$HOME/\\\\`x\\\\`"'],
  [['c:\\x'], '"c:\\\\\\\\x"'],
  // A field code would be replaced.
  [['100%f'], '"100%%f"'],
])('Exec of %j is %s', (argv, line) => expect(execLine(argv)).toBe(line));

describe('what the file says', () => {
  const argv = ['/opt/roost', '--hidden'];
  const entry = desktopEntry(argv);
  it.each([
    ['no file', undefined, 'off', null],
    ['ours', entry, 'on', null],
    ['ours, saved by a tool with spaces', entry.replace('Exec=', 'Exec = '), 'on', null],
    ['hidden by a person', `${entry}Hidden=true\n`, 'off', /settings of the desktop/],
    ['switched off by the desktop', entry.replace('enabled=true', 'enabled=false'), 'off', /settings of the desktop/],
    ['one that starts another Roost', desktopEntry(['/old/roost', '--hidden']), 'on', /Another Roost/],
    ['nonsense', '\u0000', 'on', /Another Roost/],
  ] as const)('%s', (_what, text, state, reason) => {
    const told = stateOf(text, argv);
    expect(told.state).toBe(state);
    if (reason === null) expect(told.reason).toBeNull();
    else expect(told.reason).toMatch(reason);
  });
});

describe('the login item of Linux', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'roost-autostart-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is there only while it is wanted, whole or not at all, and is read back from the disk', async () => {
    const file = join(dir, 'deep', 'autostart', 'roost.desktop');
    const login = new Autostart({ file, argv: ['/opt/roost', '--hidden'] });
    expect(await login.read()).toEqual({ state: 'off', reason: null, file });
    expect(await login.set(false)).toEqual({ state: 'off', reason: null, file });
    expect(await login.set(true)).toEqual({ state: 'on', reason: null, file });
    expect(await readFile(file, 'utf8')).toBe(desktopEntry(['/opt/roost', '--hidden']));
    expect(await readdir(join(dir, 'deep', 'autostart'))).toEqual(['roost.desktop']);
    await writeFile(file, `${desktopEntry(['/opt/roost', '--hidden'])}Hidden=true\n`);
    expect(await login.read()).toMatchObject({ state: 'off', reason: expect.stringContaining('settings') });
    expect(await login.set(true)).toMatchObject({ state: 'on', reason: null });
    expect(await login.set(false)).toMatchObject({ state: 'off' });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
