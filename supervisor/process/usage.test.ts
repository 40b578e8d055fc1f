import { describe, expect, it } from 'vitest';
import { listeningInodes, parseLsof } from './port-owner.js';
import { cpuPercent, parsePsTime, parsePsUsage, sumTrees } from './usage.js';

describe('usage of a tree', () => {
  const row = (pid: number, ppid: number, size: number) => ({ pid, ppid, rssBytes: size, cpuMs: size * 10 });

  it('is the sum over all descendants, for each root asked for', () => {
    const rows = [row(1, 0, 1), row(10, 1, 2), row(11, 10, 4), row(12, 11, 8), row(20, 1, 16), row(30, 31, 32), row(31, 30, 64)];
    expect(sumTrees(rows, [10, 20, 99, 30])).toEqual(
      new Map([
        [10, { rssBytes: 14, cpuMs: 140 }],
        [20, { rssBytes: 16, cpuMs: 160 }],
        [30, { rssBytes: 96, cpuMs: 960 }],
      ]),
    );
  });

  it.each([
    ['0:00.25', 250],
    ['3:02.50', 182_500],
    ['01:00:00', 3_600_000],
    ['2-00:00:01', 172_801_000],
    ['nonsense', 0],
  ])('reads the ps time %s as %d ms', (text, ms) => {
    expect(parsePsTime(text)).toBe(ms);
  });

  it('reads a table of ps', () => {
    expect(parsePsUsage('   10     1  2048   0:01.00\nbad line\n')).toEqual([{ pid: 10, ppid: 1, rssBytes: 2_097_152, cpuMs: 1_000 }]);
  });

  it.each([
    [0, 500, 1_000, 50],
    [500, 0, 1_000, 0],
    [0, 500, 0, 0],
    [0, 500, Number.NaN, 0],
  ])('from %d to %d ms within %d ms is %d %%', (from, to, elapsedMs, percent) => {
    expect(cpuPercent({ rssBytes: 0, cpuMs: from }, { rssBytes: 0, cpuMs: to }, elapsedMs)).toBe(percent);
  });
});

describe('who holds a port', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0',
    '   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1',
    '   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0',
  ].join('\n');

  it('is who listens, not who is connected', () => {
    expect(listeningInodes(table, 8080)).toEqual(['4711']);
    expect(listeningInodes(table, 80)).toEqual(['4713']);
    expect(listeningInodes(table, 81)).toEqual([]);
  });

  it('is read from lsof', () => {
    expect(parseLsof('p812\ncredis-server\nf6\n')).toEqual({ pid: 812, command: 'redis-server' });
    expect(parseLsof('')).toBeNull();
  });
});
