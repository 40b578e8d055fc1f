import { describe, expect, it } from 'vitest';
import { type Holder, holderOf, holderText } from './port-holder.js';
import { commandText, parseLsof, parseNetstat, parseTasklist } from './port-owner.js';

const ours = {
  runId: 'n0000000a.r2',
  ownPid: 10,
  live: [
    { pid: 20, name: 'api' },
    { pid: null, name: 'starting' },
  ],
};
const owner = { pid: 99, command: 'node x.js' };

describe('who holds a port', () => {
  const cases: [string, Parameters<typeof holderOf>[0], Holder][] = [
    ['ourselves', { ...owner, pid: 10 }, { kind: 'roost' }],
    ['a living process of ours', { ...owner, pid: 20 }, { kind: 'ours', name: 'api' }],
    ['what a living process of ours started', { ...owner, parents: [98, 20, 10, 1] }, { kind: 'ours', name: 'api' }],
    ['a leftover of an earlier life', { ...owner, parents: [1], runId: 'n0000000a.r2', process: 'api' }, { kind: 'orphan', name: 'api', earlierRun: false }],
    ['an orphan of an earlier run', { ...owner, parents: [1], runId: 'n0000000a.r1', process: 'api' }, { kind: 'orphan', name: 'api', earlierRun: true }],
    ['a process of another Roost', { ...owner, parents: [5, 1], runId: 'n0000000b.r7', process: 'api' }, { kind: 'other-roost', name: 'api' }],
    ['one whose mark has no family', { ...owner, runId: 'old', process: 'api' }, { kind: 'other-roost', name: 'api' }],
    ['a stranger', { ...owner, parents: [1] }, { kind: 'stranger' }],
    // Roost was started from a terminal that also runs the stranger: a common parent proves nothing.
    ['a stranger beside us', { ...owner, parents: [9, 1] }, { kind: 'stranger' }],
    ['a stranger of whom nothing is known', owner, { kind: 'stranger' }],
  ];
  it.each(cases)('%s', (_, who, wanted) => {
    expect(holderOf(who, ours)).toEqual(wanted);
    const text = holderText(who, wanted);
    expect(text).toContain(`pid ${who.pid}`);
    // Whoever cannot be ended by Roost is told what to do.
    if (wanted.kind !== 'roost') expect(text).toMatch(/end it|ends it|another port/);
  });
});

describe('what systems tell', () => {
  it('reads netstat of Windows in any language, and only who listens on that very port', () => {
    const text = [
      'Aktive Verbindungen',
      '',
      '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
      '  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN          1044',
      '  TCP    127.0.0.1:18000        0.0.0.0:0              ABHÖREN          7',
      '  TCP    127.0.0.1:8000         127.0.0.1:50312        HERGESTELLT      8',
      '  TCP    127.0.0.1:8000         0.0.0.0:0              ABHÖREN          4711',
      '  TCP    [::1]:8001             [::]:0                 LISTENING        4712',
    ].join('\r\n');
    expect(parseNetstat(text, 8000)).toBe(4711);
    expect(parseNetstat(text, 8001)).toBe(4712);
    expect(parseNetstat(text, 800)).toBeNull();
    expect(parseNetstat('', 8000)).toBeNull();
  });

  it('reads tasklist and lsof', () => {
    expect(parseTasklist('"python.exe","4711","Console","1","12,345 K"\r\n')).toBe('python.exe');
    expect(parseTasklist('INFO: No tasks are running which match the specified criteria.\r\n')).toBeNull();
    expect(parseLsof('p4711\ncpython3.12\nf3\n')).toEqual({ pid: 4711, command: 'python3.12' });
    expect(parseLsof('')).toBeNull();
  });

  it('shows a command line without its secrets, and not all of a long one', () => {
    expect(commandText(['python3', '-m', 'http.server', '8000'])).toBe('python3 -m http.server 8000');
    expect(commandText(['serve', '--token=abcdef123456', 'a b'])).toBe('serve --token=*** "a b"');
    expect(commandText(['x'.repeat(300)])).toHaveLength(100);
  });
});
