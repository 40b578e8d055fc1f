import { RoostError } from '../../contract/errors.js';
import type { recurringMethods } from '../../contract/recurring-methods.js';
import type { ImportRow, RunView, ScheduleView } from '../../contract/schedules.js';
import type { Handlers } from '../core.js';

/** For tests of the doors: one schedule that answers from memory. */

const run: RunView = {
  id: '1700000000000',
  kind: 'due',
  dueMs: 1_700_000_000_000,
  atMs: 1_700_000_000_020,
  outcome: 'done',
  queue: 'maintenance',
  jobId: 'schedule.memory-cleanup.1700000000000',
  startedAtMs: 1_700_000_000_030,
  endedAtMs: 1_700_000_000_130,
  note: null,
};

export const fakeSchedule: ScheduleView = {
  name: 'memory-cleanup',
  state: 'active',
  why: null,
  sinceMs: null,
  cron: '0 * * * *',
  everyMs: null,
  tz: 'UTC',
  handler: 'memory-cleanup',
  queue: 'maintenance',
  missed: 'once',
  windowMs: null,
  staggerMs: 30_000,
  overlap: 'skip',
  mode: 'run',
  origin: 'default',
  revision: 'r1',
  next: [1_700_003_600_000, 1_700_007_200_000],
  inLine: 0,
  open: 0,
  lastRun: run,
};

const importRow: ImportRow = {
  source: '0 4 * * * report',
  name: 'report',
  verdict: 'create',
  why: null,
  draft: { cron: '0 4 * * *', tz: 'UTC', handler: 'command', data: { argv: ['report'] }, mode: 'shadow' },
  next: [1_700_003_600_000],
};

const known = (name: string): ScheduleView => {
  if (name !== fakeSchedule.name) throw new RoostError('not-found', `There is no schedule named ${name}.`, { field: 'name' });
  return fakeSchedule;
};

export const fakeSchedules: Pick<Handlers, keyof typeof recurringMethods> = {
  'schedule.list': async () => ({ schedules: [fakeSchedule], nowMs: 1_700_000_001_000 }),
  'schedule.get': async ({ name }) => ({
    schedule: known(name),
    draft: { cron: '0 * * * *', handler: 'memory-cleanup' },
    runs: [run],
    nowMs: 1_700_000_001_000,
  }),
  'schedule.preview': async () => ({ next: [1_700_003_600_000], queue: 'maintenance', nowMs: 1_700_000_001_000 }),
  'schedule.put': async ({ name }) => ({ schedule: { ...fakeSchedule, name }, created: name !== fakeSchedule.name }),
  'schedule.delete': async ({ name }) => ({ deleted: known(name) === fakeSchedule }),
  'schedule.run': async ({ name }) => ({ run: { ...run, queue: known(name).queue, kind: 'by-hand', dueMs: null, outcome: 'waiting' } }),
  'schedule.pause': async ({ name }) => ({ schedule: { ...known(name), state: 'paused', why: 'Paused by a person (rest).' } }),
  'schedule.resume': async ({ name }) => ({ schedule: known(name) }),
  'schedule.import': async ({ dryRun, format }) => ({
    rows: [importRow, { ...importRow, source: 'broken', name: null, verdict: 'cannot', why: 'needs a shell (|)', draft: null, next: [] }],
    tz: 'UTC',
    import: dryRun ? null : { id: 'm-1', atMs: 1_700_000_000_000, format, names: ['report'] },
    nowMs: 1_700_000_001_000,
  }),
  'schedule.imports': async () => ({ imports: [{ id: 'm-1', atMs: 1_700_000_000_000, format: 'crontab', names: ['report'] }] }),
  'schedule.undo': async () => ({ removed: ['report'], kept: [{ name: 'other', why: 'was changed since and stays' }] }),
  'schedule.export': async ({ format }) => ({
    text: format === 'crontab' ? '0 4 * * * report\n' : 'beat_schedule = {}\n',
    left: [{ name: 'governance', why: 'no' }],
  }),
  'schedule.compare': async () => ({ matched: 3, onlyHere: [1_700_000_000_000], onlyThere: [], fromMs: 1, toMs: 2, here: 4, there: 3 }),
};
