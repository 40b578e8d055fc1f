import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healthOf, poolOf, processOf } from '../../contract/test-state.js';
import { CliBench } from '../test-cli.js';

const bench = new CliBench();
beforeEach(() => bench.open());
afterEach(() => bench.close());
const roost = (...argv: string[]) => bench.run(argv);

const worker = processOf({
  detail: 'Takes jobs of turns.',
  pid: 4_711,
  incarnation: 5,
  startedAtMs: 1_700_000_000_000,
  readyAtMs: 1_700_000_000_400,
  uptimeMs: 3_661_000,
  restarts: 4,
  manualRestarts: 1,
  restartsByCause: { stalled: 1, crash: 3 },
  manualRestartsToday: 2,
  manualRestartsWeek: 11,
  statusAgeMs: 800,
  lastExit: { atMs: 1_699_999_999_000, cause: 'crash', code: 1, signal: null, message: 'It ended with code 1.', lastLine: 'boom \u001b[31mred' },
  rssBytes: 52_428_800,
  cpuPercent: 0.25,
  mtbfMs: 7_200_000,
});
const { restartsByCause: _1, manualRestartsToday: _2, manualRestartsWeek: _3, statusAgeMs: _4, ...bare } = worker;
const quiet = { ...bare, name: 'redis', kind: 'redis', pid: null, uptimeMs: null, rssBytes: null, cpuPercent: null, mtbfMs: null, lastExit: null, restarts: 0 };
const pool = poolOf({
  assigned: 1,
  templates: [
    {
      template: 'builtin',
      target: 3,
      wanted: 3,
      ready: 3,
      starting: 0,
      assigned: 1,
      estimateBytes: 1,
      trouble: null,
      figures: { restartsByCause: { signal: 2 }, manualRestartsToday: 0, manualRestartsWeek: 0, mtbfMs: null },
    },
  ],
});

/** Where each column begins: the same in every line of a well laid-out table. */
function columns(rows: readonly string[]): readonly (readonly string[])[] {
  const starts = [...(rows[0] ?? '').matchAll(/(?:^| {2})(\S)/g)].map((match) => match.index + match[0].length - 1);
  return rows.map((row) => starts.map((start, index) => row.slice(start, starts[index + 1]).trim()));
}

describe('how processes have done', () => {
  beforeEach(() => bench.answers({ 'GET /api/processes': { processes: [worker, quiet] }, 'GET /api/pool': pool }));

  it('is a line for each and one for the agents of each template, in columns', async () => {
    const { code, out } = await roost('processes');
    expect(code).toBe(0);
    const rows = out.trimEnd().split('\n');
    expect(rows).toHaveLength(4);
    const [header, first, second, third] = columns(rows);
    expect(header).toEqual(['PROCESS', 'STATE', 'PID', 'UP', 'LAST SIGN', 'MEMORY', 'CPU', 'MTBF', 'BY HAND TODAY', '8 DAYS', 'RESTARTS BY CAUSE, 8 DAYS']);
    expect(first?.[0]).toBe('worker-turns');
    expect(rows[1]).toMatch(/running +4711 +1 h 1 m +800 ms +50.0 MB +0.3 % +2 h 0 m +2 +11 +3 crash, 1 stalled$/);
    expect(second?.[0]).toBe('redis');
    expect(rows[2]).toMatch(/running +- +- +- +- +- +- +- +- +-$/);
    expect(third?.[0]).toBe('agents of builtin');
    expect(rows[3]).toMatch(/4 running +- .* 0 +0 +2 signal$/);
    // Text begins under its heading; the last column does in every line.
    expect(new Set([rows[0]?.indexOf('RESTARTS BY'), rows[1]?.indexOf('3 crash'), rows[3]?.indexOf('2 signal')]).size).toBe(1);
  });

  it('of one is all that is known, with nothing that a terminal would obey', async () => {
    const { code, out } = await roost('processes', 'worker-turns');
    expect(code).toBe(0);
    expect(out).toContain('\n  up        1 h 1 m, since 2023-11-14 22:13:20 UTC (start number 5)\n');
    expect(out).toContain('\n  by cause  3 crash, 1 stalled in eight days\n  by hand   2 today, 11 in eight days\n');
    expect(out).toContain('\n  last exit 2023-11-14 22:13:19 UTC, crash: It ended with code 1.\n  it said   boom [31mred\n');
    expect(out).not.toContain('\u001b');
    const missing = await roost('processes', 'wörker');
    expect(missing).toMatchObject({ code: 1, err: 'roost: there is no process "wörker"; known are worker-turns, redis' });
  });

  it('is JSON where that is asked for', async () => {
    expect(JSON.parse((await roost('processes', '--json')).out)).toMatchObject({
      processes: [{ name: 'worker-turns', restartsByCause: { crash: 3 }, manualRestartsToday: 2 }, { name: 'redis' }],
      templates: [{ template: 'builtin', figures: { restartsByCause: { signal: 2 } } }],
    });
    expect(JSON.parse((await roost('processes', 'redis', '--json')).out)).toMatchObject({ name: 'redis', mtbfMs: null });
  });

  it('stands in status, too, when it is asked for widely', async () => {
    bench.answers({ 'GET /api/health': healthOf() });
    expect((await roost('status')).out).not.toContain('MTBF');
    expect((await roost('status', '--wide')).out).toMatch(/^healthy[\s\S]*\nPROCESS .*MTBF[\s\S]*3 crash, 1 stalled\n/);
  });
});
