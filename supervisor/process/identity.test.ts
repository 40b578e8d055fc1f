import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notOnWindows, onLinux } from '../../core/base/test-conditions.js';
import { identitySource, parseStartMark, readIdentity, readIdentityNow, sameProcess } from './identity.js';
import { parsePsTable, parseStat, readFigures, readProcessTable, scanStat } from './proc-stat.js';

const stat = (name: string, state = 'S'): string =>
  `4242 (${name}) ${state} 17 4200 4200 0 -1 4194560 100 200 0 0 30 12 4 2 20 0 11 0 987654 1000000 2560 18446744073709551615`;

describe('who a pid is', () => {
  it.each(['node', 'a b', 'x) S 1 1', ') (', '((', 'line\nbreak'])('reads /proc/<pid>/stat with a process named %j', (name) => {
    expect(parseStat(stat(name))).toEqual({ pid: 4242, ppid: 17, groupId: 4200, startedAt: '987654', zombie: false, cpuMs: 480, rssPages: 2560 });
  });

  it('takes a zombie for gone, and never throws on other text', () => {
    expect(parseStartMark('linux', stat('x', 'Z'))).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => void parseStat(text)));
  });

  it('reads the same figures straight from the bytes, whatever the name is', () => {
    const figures = (text: string) => {
      const bytes = Buffer.from(text, 'latin1');
      // What lay in the buffer before must not be read as a part of it.
      return scanStat(Buffer.concat([bytes, Buffer.from(') R 1 2 3 4 5 6 7 8 9')]), bytes.length);
    };
    for (const name of ['node', 'a b', 'x) S 1 1', ') (', '((', 'line\nbreak']) expect(figures(stat(name))).toEqual({ ppid: 17, cpuMs: 480, rssPages: 2560 });
    const number = fc.nat({ max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.string(), fc.array(number, { minLength: 49, maxLength: 49 }), (name, rest) => {
        const text = Buffer.from(`77 (${name}) S ${rest.join(' ')}\n`, 'latin1').toString('latin1');
        const { ppid, cpuMs, rssPages } = parseStat(text) ?? {};
        expect(figures(text)).toEqual({ ppid, cpuMs, rssPages });
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void figures(text)));
    expect(figures('77 (node) S 17 4200')).toBeNull();
  });

  it.runIf(onLinux('the figures of every process'))('reads the figures of every process there is', async () => {
    const [figures, table] = [await readFigures(), await readProcessTable()];
    const own = figures.find(({ pid }) => pid === process.pid);
    expect(own).toMatchObject({ ppid: process.ppid });
    expect((own?.rssPages ?? 0) * 4096).toBeGreaterThan(20 * 1024 ** 2);
    const known = new Set(figures.map(({ pid }) => pid));
    expect(table.filter(({ pid }) => known.has(pid)).length).toBeGreaterThan(table.length / 2);
  });

  it.each<[NodeJS.Platform, string, string | null]>([
    ['darwin', 'Sat Nov 22 00:23:11 2025\n', 'Sat Nov 22 00:23:11 2025'],
    ['darwin', '', null],
    ['win32', '638996785911234567\r\n', '638996785911234567'],
    ['win32', 'You cannot call a method on a null-valued expression.', null],
    ['win32', '', null],
  ])('reads the start mark of %s from %j', (platform, text, mark) => {
    expect(parseStartMark(platform, text)).toBe(mark);
  });

  it('never asks wmic', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) expect(JSON.stringify(identitySource(platform, 5))).not.toContain('wmic');
  });

  it('reads a table of ps', () => {
    expect(parsePsTable('  1     0     1 Ss   Sat Nov 22 00:00:00 2025\n 77     1    77 Z    Sat Nov 22 00:23:11 2025\ngarbage\n')).toEqual([
      { pid: 1, ppid: 0, groupId: 1, startedAt: 'Sat Nov 22 00:00:00 2025', zombie: false, cpuMs: null, rssPages: null },
      { pid: 77, ppid: 1, groupId: 77, startedAt: 'Sat Nov 22 00:23:11 2025', zombie: true, cpuMs: null, rssPages: null },
    ]);
  });

  it.runIf(notOnWindows('the identity of this process'))('knows ourselves, and nobody with another mark or boot', async () => {
    const own = await readIdentity(process.pid);
    if (own === null) throw new Error('own process not found');
    expect(readIdentityNow(process.pid)).toEqual(own);
    expect(sameProcess(own)).toBe(true);
    expect(sameProcess({ ...own, startedAt: `${own.startedAt}1` })).toBe(false);
    expect(sameProcess({ ...own, bootId: 'another' })).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN, 4_194_305])('knows nobody at pid %d', async (pid) => {
    expect(readIdentityNow(pid)).toBeNull();
    expect(await readIdentity(pid)).toBeNull();
  });
});
