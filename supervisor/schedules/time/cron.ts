import { RoostError } from '../../../contract/errors.js';

/** A cron line as sets of numbers; `days` are days of the month, `weekdays` count from Sunday = 0. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Whether the day of the month and the day of the week are restricted; when both are, either is enough (POSIX crontab). */
  readonly byDay: boolean;
  readonly byWeekday: boolean;
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minuteField: Field = { name: 'minute', least: 0, most: 59 };
const hourField: Field = { name: 'hour', least: 0, most: 23 };
const dayField: Field = { name: 'day of the month', least: 1, most: 31 };
const monthField: Field = { name: 'month', least: 1, most: 12, names: monthNames };
/** 7 is Sunday, too. */
const weekdayField: Field = { name: 'day of the week', least: 0, most: 7, names: weekdayNames };

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const problem = (text: string, why: string): RoostError =>
  new RoostError('bad-request', `cron ${why}, got ${JSON.stringify(text.slice(0, 60))}`, { field: 'cron' });

/** Five fields (minute hour day month weekday) or a macro such as @daily. Throws `bad-request` naming the field that is wrong. */
export function parseCron(text: string): CronFields {
  const line = macros[text.trim().toLowerCase()] ?? text.trim();
  if (line.startsWith('@'))
    throw problem(text, `must be five fields or one of ${Object.keys(macros).join(' ')} (@reboot belongs to a service, which starts with Roost)`);
  const parts = line === '' ? [] : line.split(/\s+/);
  if (parts.length === 6 || parts.length === 7) throw problem(text, 'must have five fields, without seconds; for a run every few seconds use every: 10s');
  if (parts.length !== 5) throw problem(text, `must have five fields (minute hour day month weekday)`);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts;
  const fields: CronFields = {
    minutes: numbersOf(minute, minuteField, text),
    hours: numbersOf(hour, hourField, text),
    days: new Set(numbersOf(day, dayField, text)),
    months: new Set(numbersOf(month, monthField, text)),
    weekdays: new Set(numbersOf(weekday, weekdayField, text).map((number) => number % 7)),
    byDay: !/^[*?]/.test(day),
    byWeekday: !/^[*?]/.test(weekday),
  };
  if (fields.byDay && !fields.byWeekday && !hasDate(fields)) throw problem(text, 'names a date that no month has');
  return fields;
}

function numbersOf(text: string, field: Field, whole: string): number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(part);
    if (match === null) throw problem(whole, `has a ${field.name} that is no number, name, range, list or step (${JSON.stringify(part.slice(0, 20))})`);
    const [, from = '', to, step] = match;
    const every = step === undefined ? 1 : Number(step);
    if (every < 1 || every > field.most) throw problem(whole, `has a step of the ${field.name} outside of 1 to ${field.most} (${JSON.stringify(part)})`);
    if (from === '?' && field !== dayField && field !== weekdayField) throw problem(whole, `must not have ? as ${field.name}`);
    if (from === '*' || from === '?') {
      if (to !== undefined) throw problem(whole, `has a ${field.name} that is no range (${JSON.stringify(part)})`);
      addRange(found, field.least, field === weekdayField ? 6 : field.most, every);
      continue;
    }
    const first = numberOf(from, field, whole);
    // "5/10" begins at 5 and goes on to the end, "5" is just itself.
    const last = to === undefined ? (step === undefined ? first : field.most) : numberOf(to, field, whole);
    if (last < first) throw problem(whole, `has a ${field.name} range that runs backwards (${JSON.stringify(part)})`);
    addRange(found, first, last, every);
  }
  return [...found].sort((a, b) => a - b);
}

function addRange(found: Set<number>, first: number, last: number, every: number): void {
  for (let number = first; number <= last; number += every) found.add(number);
}

function numberOf(text: string, field: Field, whole: string): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const number = named >= 0 ? named + (field === monthField ? 1 : 0) : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= field.least && number <= field.most) return number;
  const names = field.names === undefined ? '' : ` or ${field.names[0]} to ${field.names[field.names.length - 1]}`;
  throw problem(whole, `has ${JSON.stringify(text.slice(0, 20))} as ${field.name}, wanted ${field.least} to ${field.most}${names}`);
}

const longestMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const hasDate = ({ days, months }: CronFields): boolean => [...months].some((month) => [...days].some((day) => day <= (longestMonth[month - 1] ?? 31)));

/** Whether a calendar day is one of the rule's; `dayMs` is its midnight written as UTC. */
export function matchesDay(fields: CronFields, dayMs: number): boolean {
  const date = new Date(dayMs);
  if (!fields.months.has(date.getUTCMonth() + 1)) return false;
  const byDay = fields.days.has(date.getUTCDate());
  const byWeekday = fields.weekdays.has(date.getUTCDay());
  return fields.byDay && fields.byWeekday ? byDay || byWeekday : byDay && byWeekday;
}
