import { parseBoundedJson } from '../../../contract/bounded-json.js';
import { RoostError } from '../../../contract/errors.js';
import { formatDuration } from '../../../contract/quantities.js';
import type { ScheduleDraft } from '../../../contract/schedules.js';
import { readPython } from './python-literal.js';
import { entryOf, fromJson, isCall, isDict, type PyCall, type PyDict, type PyValue, plainOf, textOf } from './python-value.js';

/** One entry of another system: when it runs and what, or why that cannot be said. */
export interface FoundEntry {
  readonly source: string;
  readonly name: string;
  readonly when: { readonly cron: string } | { readonly every: string } | { readonly cannot: string };
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly queue: string | undefined;
  /** Why what it carries cannot be taken over. */
  readonly cannot: string | undefined;
}

export interface FoundBeat {
  readonly entries: readonly FoundEntry[];
  /** Of the whole app, where the text says it. */
  readonly tz: string | undefined;
}

const bad = (message: string): RoostError => new RoostError('bad-request', message, { field: 'text' });
const maxChars = 1_000_000;

/** A Celery beat schedule: a Python module or dict that says `beat_schedule`, or the same as JSON. Nothing of it is run. */
export function readCelery(text: string): FoundBeat {
  if (text.length > maxChars) throw bad(`text must be at most ${maxChars} characters long, got ${text.length}`);
  const dict = beatOf(text.replace(/^\uFEFF/, ''));
  const tz = /\btimezone['"]?\s*[:=]\s*['"]([A-Za-z0-9_+\-/]+)['"]/.exec(text.replace(/^\s*#.*$/gm, ''))?.[1];
  return { entries: dict.entries.map(([key, value]) => entryFrom(typeof key === 'string' ? key : String(key), value)), tz };
}

function beatOf(text: string): PyDict {
  if (/^\s*\{/.test(text)) {
    let value: PyValue;
    try {
      value = fromJson(parseBoundedJson(text, 'text'));
    } catch {
      // Not JSON: a dict of Python, then.
      value = readPython(text, 0).value;
    }
    const inner = isDict(value) ? (entryOf(value, 'beat_schedule') ?? entryOf(value, 'CELERY_BEAT_SCHEDULE') ?? value) : value;
    if (isDict(inner)) return inner;
  }
  const named = [...text.matchAll(/\b(?:CELERY_?BEAT_SCHEDULE|beat_schedule)\b['"]?\]?\s*(?::[^=\n]*)?(?:=|:|\.update\()\s*/gi)];
  const start = named.find((match) => !inComment(text, match.index));
  if (start === undefined) throw bad('text must hold a beat_schedule = { … }, or be the dict itself');
  const { value } = readPython(text, start.index + start[0].length);
  if (!isDict(value)) throw bad('beat_schedule must be a dict that is written out; one that a program builds cannot be read');
  return value;
}

/** A # before it on its line, with no string still open there. */
function inComment(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
  const hash = line.indexOf('#');
  return hash >= 0 && (line.slice(0, hash).match(/['"]/g)?.length ?? 0) % 2 === 0;
}

function entryFrom(key: string, value: PyValue): FoundEntry {
  const dict: PyDict = isDict(value) ? value : { kind: 'dict', entries: [] };
  const args = plainOf(entryOf(dict, 'args') ?? []);
  const kwargs = plainOf(entryOf(dict, 'kwargs') ?? { kind: 'dict', entries: [] });
  const options = entryOf(dict, 'options');
  const task = textOf(entryOf(dict, 'task'));
  const known = Array.isArray(args) && typeof kwargs === 'object' && kwargs !== null && !Array.isArray(kwargs);
  return {
    source: key,
    name: key,
    when: whenOf(entryOf(dict, 'schedule')),
    task: task ?? '',
    args: Array.isArray(args) ? args : [],
    kwargs: known ? (kwargs as Record<string, unknown>) : {},
    queue: isDict(options) ? textOf(entryOf(options, 'queue')) : undefined,
    cannot: !isDict(value)
      ? 'is no dict'
      : task === undefined
        ? 'names no task as text'
        : known
          ? undefined
          : 'has arguments that only the running program knows',
  };
}

const seconds: Readonly<Record<string, number>> = { milliseconds: 0.001, seconds: 1, minutes: 60, hours: 3_600, days: 86_400, weeks: 604_800 };

/** Celery's kinds of schedules; `solar` and what a program makes up itself have no counterpart. */
function whenOf(value: PyValue | undefined): FoundEntry['when'] {
  if (typeof value === 'number') return everySeconds(value);
  if (typeof value === 'string') return { cron: value };
  if (isDict(value)) {
    const inner = entryOf(value, 'crontab') ?? entryOf(value, 'interval');
    if (inner !== undefined) return whenOf(inner);
    const every = entryOf(value, 'every');
    const period = entryOf(value, 'period');
    if (typeof every === 'number') return everySeconds(every * (seconds[typeof period === 'string' ? period : 'seconds'] ?? Number.NaN));
    return cronOf({ kind: 'call', name: 'crontab', args: [], named: Object.fromEntries(value.entries.map(([key, item]) => [String(key), item])) });
  }
  if (!isCall(value)) return { cannot: 'has a schedule that is not written out' };
  const name = value.name.split('.').pop();
  if (name === 'timedelta') return timedelta(value);
  if (name === 'schedule') {
    const run = value.args[0] ?? value.named['run_every'];
    return run === undefined ? { cannot: 'has a schedule without an interval' } : whenOf(run);
  }
  if (name === 'crontab') return cronOf(value);
  return { cannot: name === 'solar' ? 'goes by the sun, which has no counterpart' : `has a schedule ${value.name}(…) that has no counterpart` };
}

function everySeconds(value: number): FoundEntry['when'] {
  const ms = Math.round(value * 1_000);
  return ms >= 1_000 && Number.isSafeInteger(ms) ? { every: formatDuration(ms) } : { cannot: 'runs more often than once a second' };
}

function timedelta({ args, named }: PyCall): FoundEntry['when'] {
  const units = ['days', 'seconds', 'microseconds', 'milliseconds', 'minutes', 'hours', 'weeks'];
  const parts: Record<string, PyValue> = { ...Object.fromEntries(args.map((arg, index) => [units[index] ?? '', arg])), ...named };
  let sum = 0;
  for (const [unit, amount] of Object.entries(parts)) {
    const factor = unit === 'microseconds' ? 1e-6 : seconds[unit];
    if (typeof amount !== 'number' || factor === undefined) return { cannot: 'has an interval that is not written out' };
    sum += amount * factor;
  }
  return everySeconds(sum);
}

const crontabFields = ['minute', 'hour', 'day_of_week', 'day_of_month', 'month_of_year'] as const;

function cronOf({ args, named }: PyCall): FoundEntry['when'] {
  const fields: Partial<Record<(typeof crontabFields)[number], string>> = {};
  for (const [index, field] of crontabFields.entries()) {
    const value = named[field] ?? args[index] ?? '*';
    const text = fieldText(field, value);
    if (text === undefined) return { cannot: `has ${field} that is not written out` };
    fields[field] = text;
  }
  const strange = Object.keys(named).find((key) => !(crontabFields as readonly string[]).includes(key) && key !== 'app' && key !== 'timezone');
  if (strange !== undefined) return { cannot: `has a crontab with ${strange}, which has no counterpart` };
  const { minute = '*', hour = '*', day_of_week = '*', day_of_month = '*', month_of_year = '*' } = fields;
  if (!day_of_week.startsWith('*') && !day_of_month.startsWith('*'))
    return { cannot: 'runs when both the day of the month and the day of the week fit; in a crontab line either is enough' };
  return { cron: `${minute} ${hour} ${day_of_month} ${month_of_year} ${day_of_week}` };
}

const sizes: Readonly<Record<string, { readonly least: number; readonly most: number }>> = {
  minute: { least: 0, most: 59 },
  hour: { least: 0, most: 23 },
  day_of_week: { least: 0, most: 6 },
  day_of_month: { least: 1, most: 31 },
  month_of_year: { least: 1, most: 12 },
};
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function fieldText(field: string, value: PyValue): string | undefined {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    const parts = value.map((one: PyValue) => fieldText(field, one));
    return parts.includes(undefined) || parts.length === 0 ? undefined : parts.join(',');
  }
  if (typeof value !== 'string') return undefined;
  const named = field === 'day_of_week' ? value.replace(/[a-z]{3,}/gi, (word) => String(Math.max(0, dayNames.indexOf(word.slice(0, 3).toLowerCase())))) : value;
  return named
    .split(',')
    .map((part) => unwrapped(field, part.trim()))
    .join(',');
}

/** Celery counts a range on past its end ("22-2"); a crontab line has to list it. */
function unwrapped(field: string, part: string): string {
  const match = /^(\d+)-(\d+)(?:\/(\d+))?$/.exec(part);
  const size = sizes[field];
  if (match === null || size === undefined || Number(match[1]) <= Number(match[2])) return part;
  const found: number[] = [];
  const count = size.most - size.least + 1;
  for (let at = Number(match[1]), left = (Number(match[2]) - at + count) % count; left >= 0; left -= Number(match[3] ?? 1)) {
    found.push(((at - size.least) % count) + size.least);
    at += Number(match[3] ?? 1);
  }
  return found.join(',');
}

/** The same draft whichever way the entry is to run here. */
export const whenDraft = (when: { readonly cron: string } | { readonly every: string }, tz: string): Pick<ScheduleDraft, 'cron' | 'every' | 'tz'> =>
  'cron' in when ? { cron: when.cron, tz } : { every: when.every };
