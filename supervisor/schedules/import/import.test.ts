import { describe, expect, test } from 'vitest';
import type { ImportRow } from '../../../contract/schedules.js';
import { scheduleWith } from '../test-schedules.js';
import { ruleOf } from '../time/rule.js';
import { zoneNamed } from '../time/zone.js';
import { readCelery } from './celery.js';
import { compareRuns, timesIn } from './compare.js';
import { wordsOf } from './crontab.js';
import { exportCelery, exportCrontab } from './export.js';
import { type ImportRequest, importRows } from './import-plan.js';
import { readPython } from './python-literal.js';

const rows = (request: Partial<ImportRequest> & Pick<ImportRequest, 'format' | 'text'>): ImportRow[] =>
  importRows(
    { mode: 'shadow', tz: 'UTC', handlers: {}, ...request },
    {
      knownHandlers: ['command', 'memory-cleanup', 'http'],
      knownQueues: ['maintenance', 'analysis'],
      taken: new Set(['governance']),
      hasHome: true,
      check: (_, draft) => {
        ruleOf({ cron: draft.cron, everyMs: draft.every === undefined ? undefined : 60_000, tz: draft.tz ?? 'UTC' });
        return [1];
      },
    },
  );

const module = `
from celery import Celery
from celery.schedules import crontab  # beat_schedule = {} in a comment
from datetime import timedelta

app = Celery('proj')
app.conf.timezone = 'Europe/Berlin'
app.conf.beat_schedule = {
    # cleans up
    'cleanup': {'task': 'proj.tasks.memory_cleanup', 'schedule': crontab(minute=0), 'kwargs': {'max_age_hours': 12}},
    "weekly report": {
        "task": "proj.tasks.report",
        "schedule": crontab(hour=7, minute=30, day_of_week='mon,friday'),
        "args": (16, "a'b", None, True, -1.5),
        'options': {'queue': 'reports', 'expires': 15.0},
    },
    'often': dict(task='proj.ping', schedule=60 * 5.0),
    'delta': {'task': 'proj.ping', 'schedule': timedelta(hours=1, minutes=30)},
    'night': {'task': 'proj.ping', 'schedule': crontab(hour='22-2', minute='*/15')},
    'both': {'task': 'proj.ping', 'schedule': crontab(0, 0, day_of_week=1, day_of_month='1-7')},
    'sun': {'task': 'proj.ping', 'schedule': solar('sunset', -37.8, 144.9)},
    'made': {'task': NAME, 'schedule': 10},
    'tick': {'task': 'proj.ping', 'schedule': 0.1},
    'arg': {'task': 'proj.ping', 'schedule': 10, 'args': (compute(),)},
}
`;

describe('a Celery beat schedule', () => {
  test('becomes rows: what is created, what cannot be and why', () => {
    const found = rows({ format: 'celery', text: module, app: 'proj' });
    expect(found.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'cleanup create',
      'weekly-report create',
      'often create',
      'delta create',
      'night create',
      'null cannot',
      'null cannot',
      'null cannot',
      'null cannot',
      'null cannot',
    ]);
    const draft = (name: string) => found.find((row) => row.name === name)?.draft;
    expect(draft('cleanup')).toEqual({
      cron: '0 * * * *',
      tz: 'Europe/Berlin',
      handler: 'memory-cleanup',
      data: { max_age_hours: 12 },
      missed: 'skip',
      mode: 'shadow',
    });
    expect(draft('weekly-report')).toEqual({
      cron: '30 7 * * 1,5',
      tz: 'Europe/Berlin',
      handler: 'command',
      data: { argv: ['celery', '-A', 'proj', 'call', 'proj.tasks.report', '--args', '[16,"a\'b",null,true,-1.5]', '--queue', 'reports'] },
      missed: 'skip',
      mode: 'shadow',
    });
    expect(draft('often')?.every).toBe('5m');
    expect(draft('delta')?.every).toBe('90m');
    expect(draft('night')?.cron).toBe('*/15 22,23,0,1,2 * * *');
    const why = found.map((row) => row.why ?? '');
    expect(why[5]).toMatch(/both the day of the month and the day of the week/);
    expect(why[6]).toMatch(/by the sun/);
    expect(why[7]).toMatch(/names no task as text/);
    expect(why[8]).toMatch(/more often than once a second/);
    expect(why[9]).toMatch(/only the running program knows/);
  });
  test('without an app a task needs a handler, by name or by the table', () => {
    const text = `{'a': {'task': 'x.memory_cleanups', 'schedule': 60}}`;
    expect(rows({ format: 'celery', text })[0]).toMatchObject({ verdict: 'cannot', why: expect.stringContaining('is it memory-cleanup?') });
    expect(rows({ format: 'celery', text, handlers: { 'x.memory_cleanups': 'memory-cleanup' } })[0]).toMatchObject({
      verdict: 'create',
      draft: { handler: 'memory-cleanup' },
    });
  });
  test('JSON in the shapes people export', () => {
    const text = JSON.stringify({
      beat_schedule: {
        a: { task: 't.http', schedule: '*/5 * * * *' },
        b: { task: 't.http', schedule: { every: 10, period: 'minutes' } },
        c: { task: 't.http', schedule: { crontab: { minute: '0', hour: '3' } }, enabled: true },
        governance: { task: 't.http', schedule: 60 },
      },
    });
    expect(rows({ format: 'celery', text }).map(({ draft, verdict }) => [draft?.cron ?? draft?.every, verdict])).toEqual([
      ['*/5 * * * *', 'create'],
      ['10m', 'create'],
      ['0 3 * * *', 'create'],
      ['1m', 'exists'],
    ]);
  });
  test('a variable in the file stays text', () => {
    expect(rows({ format: 'celery', text: `{'a': {'task': 'http', 'schedule': 60, 'kwargs': {'url': 'x\${HOME}'}}}` })[0]?.draft?.data).toEqual({
      url: 'x$${HOME}',
    });
  });
  test.each([
    ['beat_schedule = build()', /written out/],
    ['x = 1', /beat_schedule/],
    [`beat_schedule = {'a': {'task': f'x{1}'}}`, /f-string.*line 1/],
    [`beat_schedule = {\n'a': {`, /ends before its }.*line 2/],
    [`beat_schedule = {'a': __import__('os').system('x')}`, /is not a plain value/],
    [`beat_schedule = {'a': [x for x in y]}`, /not a plain value/],
    [`beat_schedule = {${'['.repeat(100)}`, /nested too deeply/],
    [`beat_schedule = {'a': 'no end`, /string without an end/],
  ])('%s is refused with the reason', (text, why) => {
    expect(() => readCelery(text)).toThrow(why);
  });
  test('strings and numbers as Python writes them', () => {
    const read = (text: string): unknown => readPython(text, 0).value;
    expect(read(`'a' "b" r'\\n' '\\x41\\u00e9' '''x\ny'''`)).toBe('ab\\nAéx\ny');
    expect([read('1_000'), read('-2.5e3'), read('0x1F'), read('(60*60)//7'), read('1 - 2 - 3')]).toEqual([1_000, -2_500, 31, 514, -4]);
    expect(read('(1,)')).toEqual([1]);
    expect(read('{1, 2}')).toEqual([1, 2]);
  });
});

const crontab = `
# m h dom mon dow command
MAILTO="me@example.org"
PATH=/usr/local/bin:/usr/bin
0 5 * * 1 tar -zcf '/var/backups/home dir.tgz' /home/
CRON_TZ=Asia/Tokyo
@daily /opt/app/bin/python -u /srv/report.py --day=yes
*/10 * * * * curl -s http://x/?a=1 > /dev/null
0 4 * * * cd /srv && make
@reboot /usr/bin/daemon
5 0 * * * TZ=UTC mail -s "hi there" root%Dear root,%100\\% done
61 * * * * true
0 0 * * * echo "$HOME"
5 4 * * sun /srv/report.py
broken
`;

describe('a crontab', () => {
  test('becomes rows; what needs a shell is said to, not guessed', () => {
    const found = rows({ format: 'crontab', text: crontab, tz: 'Europe/Berlin' });
    expect(found.map(({ name, verdict, why }) => `${name} ${verdict}${why === null ? '' : ` ${why.slice(0, 22)}`}`)).toEqual([
      'tar create',
      'report create',
      'null cannot needs a shell (?): put',
      'null cannot needs a shell (&): put',
      'null cannot @reboot is no recurrin',
      'mail create',
      'true cannot cron has "61" as minut',
      'null cannot needs a shell (a varia',
      'report-2 create',
      'null cannot is neither a comment, ',
    ]);
    expect(found[0]?.draft).toEqual({
      cron: '0 5 * * 1',
      tz: 'Europe/Berlin',
      handler: 'command',
      data: { argv: ['tar', '-zcf', '/var/backups/home dir.tgz', '/home/'], cwd: '${HOME}', env: { PATH: '/usr/local/bin:/usr/bin' } },
      missed: 'skip',
      overlap: 'skip',
      mode: 'shadow',
    });
    expect(found[1]?.draft).toMatchObject({ cron: '@daily', tz: 'Asia/Tokyo' });
    expect(found[5]?.draft?.data).toMatchObject({ argv: ['mail', '-s', 'hi there', 'root'], env: { TZ: 'UTC' }, input: 'Dear root,\n100% done\n' });
  });
  test.each([
    ['a | b', '|'],
    ['a; b', ';'],
    ['a `b`', '`'],
    ['ls *.txt', '*'],
    ['cat ~/x', '~'],
    ['a # note', '#'],
    ['source x', 'source'],
    ['a "$(b)"', 'double quotes'],
    ["a 'b", 'quote'],
    ['a \\', 'backslash'],
  ])('%s needs a shell: %s', (command, why) => {
    expect(wordsOf(command)).toMatchObject({ needsShell: expect.stringContaining(why) });
  });
  test('quotes and escapes are what a shell would make of them', () => {
    expect(wordsOf(`A=1 B='x y' prog a\\ b "c \\"d\\" \\$e" 'f$g' h=i`)).toEqual({
      argv: ['prog', 'a b', 'c "d" $e', 'f$g', 'h=i'],
      env: { A: '1', B: 'x y' },
    });
  });
});

describe('the way back', () => {
  test('a crontab that was taken over comes out as one that says the same', () => {
    const first = rows({ format: 'crontab', text: `CRON_TZ=Asia/Tokyo\n0 5 * * 1 tar 'a b' 100\\%\n1 2 * * * X=1 mail me%line one%line two\n` });
    const config = Object.fromEntries(
      first.map(({ name, draft }) => [
        name ?? '',
        scheduleWith({ ...draft, handler: 'command', every: undefined, data: { ...draft?.data, cwd: undefined } } as never),
      ]),
    );
    const { text, left } = exportCrontab(config);
    expect(left).toEqual([]);
    const again = rows({ format: 'crontab', text });
    expect(again.map(({ draft }) => draft)).toEqual(first.map(({ draft }) => draft));
  });
  test('Celery: tasks sent to its workers come back as tasks, with the rest named', () => {
    const first = rows({ format: 'celery', text: module, app: 'proj' }).filter(({ verdict }) => verdict === 'create');
    const config = Object.fromEntries(
      first.map(({ name, draft }) => [
        name ?? '',
        scheduleWith({ ...draft, ...(draft?.every === undefined ? {} : { every: draft.every === '5m' ? 300_000 : 5_400_000 }) } as never),
      ]),
    );
    const { text, left } = exportCelery({ ...config, own: scheduleWith({ every: 60_000, handler: 'command', data: { argv: ['ls'] } }) });
    expect(left).toEqual([{ name: 'own', why: 'runs a command of its own, which is no task of Celery' }]);
    const again = rows({ format: 'celery', text, app: 'proj' });
    expect(again.map(({ name, draft }) => [name, draft?.cron ?? draft?.every, draft?.data])).toEqual(
      first.map(({ name, draft }) => [name, draft?.cron ?? draft?.every, draft?.data]),
    );
  });
  test('what a crontab cannot say is named', () => {
    const { text, left } = exportCrontab({
      a: scheduleWith({ every: 7_000, handler: 'command', data: { argv: ['x'] } }),
      b: scheduleWith({ every: 600_000, handler: 'command', data: { argv: ['x'] } }),
      c: scheduleWith({ cron: '0 2 * * *', handler: 'governance' }),
    });
    expect(text).toBe('CRON_TZ=UTC\n# b\n*/10 * * * * x\n');
    expect(left.map(({ name }) => name)).toEqual(['a', 'c']);
  });
});

describe('a comparison with the old system', () => {
  const berlin = zoneNamed('Europe/Berlin');
  const now = Date.parse('2026-11-22T04:00Z');
  test('reads the times of logs', () => {
    const log = [
      '[2026-11-21 05:00:00,123: INFO/MainProcess] Scheduler: Sending due task report (proj.report)',
      '[2026-11-21 05:00:00,200: INFO/MainProcess] Scheduler: Sending due task other (proj.other)',
      'Nov 21 06:00:01 host CRON[12]: (me) CMD (report)',
      '2026-11-21T08:00:00+02:00 report',
      '2026-11-21T07:00:00Z report',
      'nothing',
      'Dec 31 06:00:01 host report',
    ].join('\n');
    expect(timesIn(log, 'report', berlin, now).map((at) => new Date(at).toISOString().slice(0, 19))).toEqual([
      '2025-12-31T05:00:01',
      '2026-11-21T04:00:00',
      '2026-11-21T05:00:01',
      '2026-11-21T06:00:00',
      '2026-11-21T07:00:00',
    ]);
  });
  test('pairs runs within a tolerance and names the others', () => {
    expect(compareRuns([1_000, 2_000, 3_000, 9_000], [1_010, 3_020, 3_500], 100)).toEqual({
      matched: 2,
      onlyHere: [2_000],
      onlyThere: [3_500],
      fromMs: 910,
      toMs: 3_600,
    });
    expect(compareRuns([], [1], 5)).toMatchObject({ matched: 0, fromMs: null });
  });
});
