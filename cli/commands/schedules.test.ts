import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliBench } from '../test-cli.js';

const one = {
  name: 'report',
  state: 'active',
  why: null,
  sinceMs: null,
  cron: '0 4 * * *',
  everyMs: null,
  tz: 'Europe/Berlin',
  handler: 'command',
  queue: 'maintenance',
  missed: 'once',
  windowMs: null,
  staggerMs: 30_000,
  overlap: 'skip',
  mode: 'run',
  origin: 'file',
  revision: 'r7',
  next: [1_700_003_600_000],
  inLine: 0,
  open: 0,
  lastRun: null,
};

const bench = new CliBench();
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-cli-'));
  await bench.open();
  bench.answers({ 'GET /api/schedules': { schedules: [one], nowMs: 1_700_000_000_000 } });
});
afterEach(async () => {
  await bench.close();
  await rm(dir, { recursive: true, force: true });
});
const roost = (...argv: string[]) => bench.run(argv);
const lastBody = (): unknown => JSON.parse(bench.seen.at(-1)?.body ?? 'null');

describe('roost schedules', () => {
  it('lists them with the next run in both ways', async () => {
    const { out } = await roost('schedules');
    expect(out).toContain('report  active  0 4 * * * Europe/Berlin  in 1 h 0 m');
    expect(out).toContain('2023-11-14 23:13:20');
  });
  it('set changes what is named, keeps the rest and names the revision it saw', async () => {
    bench.answers({
      'GET /api/schedules/report': { schedule: one, draft: { cron: '0 4 * * *', handler: 'command', data: { argv: ['x'] } }, runs: [], nowMs: 1 },
    });
    bench.answers({ 'PUT /api/schedules/report': { schedule: { ...one, cron: null, everyMs: 300_000 }, created: false } });
    expect((await roost('schedules', 'set', 'report', '--every', '5m', '--overlap', 'queue')).out).toContain('report is changed: every 5 m 0 s');
    expect(lastBody()).toEqual({ every: '5m', handler: 'command', data: { argv: ['x'] }, overlap: 'queue', revision: 'r7' });
  });
  it('run hands on data that are an object, and refuses others before asking', async () => {
    bench.answers({
      'POST /api/schedules/report/run': {
        run: {
          id: 'h',
          kind: 'by-hand',
          dueMs: null,
          atMs: 1,
          outcome: 'waiting',
          queue: 'maintenance',
          jobId: 'schedule.report.h',
          startedAtMs: null,
          endedAtMs: null,
          note: null,
        },
      },
    });
    expect((await roost('schedules', 'run', 'report', '--data', '{"a":1}')).out).toContain('schedule.report.h');
    expect(lastBody()).toEqual({ data: { a: 1 } });
    expect(await roost('schedules', 'run', 'report', '--data', '[1]')).toMatchObject({ code: 2 });
    expect(bench.seen.length).toBe(1);
  });
  it('import sends the file and shows what comes of each line', async () => {
    await writeFile(join(dir, 'beat.py'), 'beat_schedule = {}');
    const row = { source: "'a': t.x", name: 'a', verdict: 'create', why: null, draft: { every: '5m', handler: 'http' }, next: [1_700_003_600_000] };
    bench.answers({
      'POST /api/schedule/import': {
        rows: [row, { ...row, name: null, verdict: 'cannot', why: 'goes by the sun', draft: null, next: [] }],
        tz: 'UTC',
        import: null,
        nowMs: 1,
      },
    });
    const { out } = await roost('schedules', 'import', '--celery', join(dir, 'beat.py'), '--dry-run', '--app', 'proj', '--map', 't.x=http');
    expect(out).toContain('1 would be created, 1 not (dry run)');
    expect(out).toContain('goes by the sun');
    expect(lastBody()).toEqual({ format: 'celery', text: 'beat_schedule = {}', dryRun: true, mode: 'shadow', app: 'proj', handlers: { 't.x': 'http' } });
  });
  it.each([
    [['schedules', 'import'], 2],
    [['schedules', 'import', '--celery', 'a', '--crontab', 'b'], 2],
    [['schedules', 'import', '--celery', 'missing.py'], 1],
    [['schedules', 'pause'], 2],
    [['schedules', 'wink', 'x'], 2],
    [['schedules', 'set', 'report'], 2],
    [['schedules', 'export'], 2],
    [['schedules', 'pause', 'nobody'], 1],
  ])('%j ends with %i', async (argv, code) => {
    bench.answers({ 'GET /api/schedules/report': { schedule: one, draft: {}, runs: [], nowMs: 1 } });
    expect((await roost(...argv)).code).toBe(code);
  });
  it('export writes the text alone to stdout', async () => {
    bench.answers({ 'GET /api/schedule/export?format=crontab': { text: '0 4 * * * x\n', left: [{ name: 'a', why: 'cannot' }] } });
    expect(await roost('schedules', 'export', '--crontab')).toMatchObject({ code: 0, out: '0 4 * * * x\n', err: 'left out: a cannot' });
  });
});
