import {
  addMonths,
  civil,
  type DayNumber,
  dated,
  dayNumber,
  daysInMonth,
  isLeapYear,
  isoDate,
  isoWeek,
  monthNames,
  monthOf,
  type ParsedDate,
  parseDate,
  weekdayOf,
} from './civil-date.js';
import { localParts, zoneFor } from './time-zones.js';

export interface DateContext {
  /** Wall time, ms since the epoch. */
  readonly nowMs: number;
  /** IANA name of the zone "today" and "now" belong to. */
  readonly timeZone: string;
}

const maxChars = 200;
/** Past this every answer would leave the years 1 to 9999. */
const maxAmount = 4_000_000;

type Unit = 'day' | 'week' | 'month' | 'year' | 'weekday';
const amount = String.raw`(\d{1,7}|an?|one|two|three|four|five|six|seven|ten)`;
const unit = '(business days?|working days?|weekdays?|days?|weeks?|fortnights?|months?|years?)';

type Rule = readonly [RegExp, (match: RegExpExecArray, today: DayNumber, context: DateContext) => string | undefined];

const group = (match: RegExpExecArray, index: number): string => match[index] ?? '';

/** Tried in this order; every pattern is anchored and free of nested repetition. */
const rules: readonly Rule[] = [
  [
    /^(?:how many |number of )?(days|weeks|months|years|weekdays|working days|business days) (?:are there |are |is |there are )?(?:between|from) (.{1,60}?) (?:and|to|until|till) (.{1,60})$/,
    (m, today) => between(group(m, 1), group(m, 2), group(m, 3), today),
  ],
  [/^(?:time|difference) between (.{1,60}?) and (.{1,60})$/, (m, today) => between('days', group(m, 1), group(m, 2), today)],
  [
    /^how (?:many (days|weeks|months|years)|long)(?: is it| are there| is there| are left| left)? (?:until|till|to|before) (.{1,60})$/,
    (m, today) => between(m[1] ?? 'days', 'today', group(m, 2), today),
  ],
  [/^(?:days|time) (?:until|till|to) (.{1,60})$/, (m, today) => between('days', 'today', group(m, 1), today)],
  [
    /^how (?:many (days|weeks|months|years)|long)(?: has it been| is it| ago)? (?:since|was) (.{1,60})$/,
    (m, today) => between(m[1] ?? 'days', group(m, 2), 'today', today),
  ],
  [/^days since (.{1,60})$/, (m, today) => between('days', group(m, 1), 'today', today)],
  [/^(?:what|which) (?:day of the week|weekday) (?:is|was|will) (.{1,60}?)(?: be)?$/, (m, today) => dayName(group(m, 1), today)],
  [
    /^(?:what|which) (?:day|date) (?:is|was|will) (?:it )?(.{1,60}?)(?: be)?$/,
    (m, today, context) => shifted(group(m, 1), today) ?? (/^(?:it|the date|it today)$/.test(group(m, 1)) ? now(context) : dayName(group(m, 1), today)),
  ],
  [/^(?:the )?day of the week (?:of|on|for) (.{1,60})$/, (m, today) => dayName(group(m, 1), today)],
  [/^(?:the )?(?:today'?s date|date today|current date|date(?: and time)?)$/, (_m, _today, context) => now(context)],
  [/^what(?:'s| is)? (?:the |today'?s )?(?:current )?(?:date|day)(?: is it)?(?: and time)?(?: today| now)?$/, (_m, _today, context) => now(context)],
  [
    /^(?:the )?(?:what time is it|what(?:'s| is) the (?:current )?time|current time|time(?: now)?)(?: right now| now)?(?: (?:in|at) (.{1,40}))?$/,
    (m, _today, context) => timeIn(m[1], context),
  ],
  [/^(?:is )?(\d{1,4}) (?:is )?a leap year$/, (m) => `${group(m, 1)} is ${isLeapYear(Number(m[1])) ? '' : 'not '}a leap year.`],
  [/^(?:what |which )?(?:is the )?week(?: number)? (?:is |of |for |was )?(.{1,60})$/, (m, today) => week(group(m, 1), today)],
  [/^(?:how many )?days (?:are there in|are in|in|does) ([a-z]{3,9})(?: have)?(?: in)?(?: (\d{4}))?$/, (m, today) => monthLength(group(m, 1), m[2], today)],
  [/^(?:what is |convert )?(?:the )?unix (?:time(?:stamp)?|epoch)(?: now)?(?: (\d{1,13}))?$/, (m, _today, context) => unixTime(m[1], context)],
];

/** Undefined when the text is no question about dates; otherwise a sentence, also when the date is unclear. */
export function answerDate(text: string, context: DateContext): string | undefined {
  if (text.length > maxChars) return undefined;
  const clean = text
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/’/g, "'")
    .trim()
    .replace(/[?.!]+$/, '')
    .replace(/^(?:please |hey |hi |ok |so |and |can you |could you )+/, '')
    .replace(/^(?:tell me |calculate |compute |show me |give me )/, '')
    .replace(/ please$/, '')
    .trim();
  const local = localParts(context.nowMs, context.timeZone);
  const today = dayNumber(local.year, local.month, local.day);
  if (clean === '' || today === undefined) return undefined;
  for (const [pattern, answer] of rules) {
    const match = pattern.exec(clean);
    const said = match === null ? undefined : answer(match, today, context);
    if (said !== undefined) return said;
  }
  const bare = clean.replace(/^(?:what is |what's |what was |when is |when was |when will |what date is |the date )/, '').replace(/ be$/, '');
  const moved = shifted(bare, today);
  if (moved !== undefined) return moved;
  const alone = bare !== clean || /\d/.test(bare) ? parseDate(bare, today) : undefined;
  return alone === undefined
    ? undefined
    : alone.kind === 'unclear'
      ? alone.message
      : `${capital(bare)} is ${dated(alone.day)}, ${distance(alone.day - today)}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const count = (value: number, name: string): string => `${value} ${name}${value === 1 ? '' : 's'}`;
const distance = (days: number): string => (days === 0 ? 'today' : days > 0 ? `in ${count(days, 'day')}` : `${count(-days, 'day')} ago`);

/** Runs `say` on two dates, or explains the one that is unclear; undefined when one is no date. */
function withDates(texts: readonly string[], today: DayNumber, say: (...days: DayNumber[]) => string): string | undefined {
  const parsed: ParsedDate[] = [];
  for (const text of texts) {
    const date = parseDate(text, today);
    if (date === undefined) return undefined;
    if (date.kind === 'unclear') return date.message;
    parsed.push(date);
  }
  return say(...parsed.flatMap((date) => (date.kind === 'day' ? [date.day] : [])));
}

function between(unitText: string, from: string, to: string, today: DayNumber): string | undefined {
  return withDates([from, to], today, (a = today, b = today) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const days = high - low;
    const where = `from ${dated(a)} to ${dated(b)}`;
    if (/week|work|business/.test(unitText) && unitText !== 'weeks')
      return `${count(weekdaysBetween(low, high), 'weekday')} ${where}, the last day not counted.`;
    if (unitText === 'weeks') return `${count(Math.floor(days / 7), 'week')}${days % 7 === 0 ? '' : ` and ${count(days % 7, 'day')}`} ${where}.`;
    if (unitText === 'months' || unitText === 'years') return `${wholeMonths(low, high, unitText === 'years')} ${where}.`;
    return `${count(days, 'day')} ${where}${days >= 14 ? ` (${count(Math.floor(days / 7), 'week')}${days % 7 === 0 ? '' : ` and ${count(days % 7, 'day')}`})` : ''}.`;
  });
}

function weekdaysBetween(low: DayNumber, high: DayNumber): number {
  const fullWeeks = Math.floor((high - low) / 7);
  let weekdays = fullWeeks * 5;
  for (let day = low + fullWeeks * 7; day < high; day++) if (![0, 6].includes(civil(day).weekday)) weekdays++;
  return weekdays;
}

function wholeMonths(low: DayNumber, high: DayNumber, asYears: boolean): string {
  const [a, b] = [civil(low), civil(high)];
  let months = (b.year - a.year) * 12 + b.month - a.month;
  if ((addMonths(low, months) ?? high) > high) months--;
  const days = high - (addMonths(low, months) ?? high);
  const parts = asYears ? [count(Math.floor(months / 12), 'year'), ...(months % 12 === 0 ? [] : [count(months % 12, 'month')])] : [count(months, 'month')];
  return [...parts, ...(days === 0 ? [] : [count(days, 'day')])].join(', ');
}

function dayName(text: string, today: DayNumber): string | undefined {
  return withDates([text], today, (day = today) => `${isoDate(day)} is a ${weekdayOf(day)}, ${distance(day - today)}.`);
}

const patterns = {
  after: new RegExp(`^${amount} ${unit} (after|before|from|since|prior to) (.{1,60})$`),
  plus: new RegExp(`^(.{1,60}?) ([+-]|plus|minus) ${amount} ${unit}$`),
  ahead: new RegExp(`^in ${amount} ${unit}$`),
  ago: new RegExp(`^${amount} ${unit} ago$`),
};

/** "30 days after 2026-01-31", "today + 2 weeks", "in 3 months", "10 weekdays ago". */
function shifted(text: string, today: DayNumber): string | undefined {
  const after = patterns.after.exec(text);
  if (after !== null) return move(group(after, 4), group(after, 1), group(after, 2), /before|prior/.test(group(after, 3)), today);
  const plus = patterns.plus.exec(text);
  if (plus !== null) return move(group(plus, 1), group(plus, 3), group(plus, 4), /-|minus/.test(group(plus, 2)), today);
  const ahead = patterns.ahead.exec(text);
  if (ahead !== null) return move('today', group(ahead, 1), group(ahead, 2), false, today);
  const ago = patterns.ago.exec(text);
  return ago === null ? undefined : move('today', group(ago, 1), group(ago, 2), true, today);
}

const smallNumbers: Readonly<Record<string, number>> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, ten: 10 };

function move(start: string, amountText: string, unitText: string, back: boolean, today: DayNumber): string | undefined {
  const size = smallNumbers[amountText] ?? Number(amountText);
  const kind: Unit = /^(business|working|weekday)/.test(unitText)
    ? 'weekday'
    : unitText.startsWith('week') || unitText.startsWith('fort')
      ? 'week'
      : unitText.startsWith('month')
        ? 'month'
        : unitText.startsWith('year')
          ? 'year'
          : 'day';
  return withDates([start], today, (day = today) => {
    const steps = (back ? -size : size) * (unitText.startsWith('fort') ? 2 : 1);
    const reached = size > maxAmount ? undefined : step(day, steps, kind);
    const outside = reached === undefined || civil(reached).year < 1 || civil(reached).year > 9_999;
    const asked = `${amountText} ${unitText} ${back ? 'before' : 'after'} ${dated(day)}`;
    return outside ? `${asked} is outside the years 1 to 9999.` : `${asked} is ${dated(reached)}.`;
  });
}

function step(day: DayNumber, steps: number, kind: Unit): DayNumber | undefined {
  if (kind === 'day') return day + steps;
  if (kind === 'week') return day + steps * 7;
  if (kind !== 'weekday') return addMonths(day, kind === 'year' ? steps * 12 : steps);
  let reached = day + Math.trunc(steps / 5) * 7;
  for (let left = Math.abs(steps) % 5; left > 0; ) {
    reached += Math.sign(steps);
    if (![0, 6].includes(civil(reached).weekday)) left--;
  }
  // Whole weeks from a weekend day end on a weekend day: the nearest weekday in the direction of travel.
  while ([0, 6].includes(civil(reached).weekday)) reached -= Math.sign(steps) || 1;
  return reached;
}

function now(context: DateContext): string {
  const { year, month, day, clock } = localParts(context.nowMs, context.timeZone);
  return `It is ${dated(dayNumber(year, month, day) ?? 0)}, ${clock} in ${context.timeZone}.`;
}

function timeIn(place: string | undefined, context: DateContext): string | undefined {
  if (place === undefined) return now(context);
  const zone = zoneFor(place);
  if (zone === undefined) return `I know no time zone for "${place}". A larger city nearby or a name such as Europe/Berlin works.`;
  const { year, month, day, clock, offset } = localParts(context.nowMs, zone);
  return `In ${zone} it is ${clock} on ${dated(dayNumber(year, month, day) ?? 0)} (${offset}).`;
}

function week(text: string, today: DayNumber): string | undefined {
  const at = text === 'it' || text === 'this' ? 'today' : text.replace(/^(?:it|is|in) /, '');
  return withDates([at], today, (day = today) => `${dated(day)} is in ISO week ${isoWeek(day).week} of ${isoWeek(day).year}.`);
}

function monthLength(name: string, yearText: string | undefined, today: DayNumber): string | undefined {
  const month = monthOf(name);
  if (month === undefined) return undefined;
  const year = yearText === undefined ? civil(today).year : Number(yearText);
  return `${capital(monthNames[month - 1] ?? '')} ${year} has ${daysInMonth(year, month)} days.`;
}

function unixTime(seconds: string | undefined, context: DateContext): string {
  if (seconds === undefined) return `The Unix time is ${Math.floor(context.nowMs / 1000)}.`;
  // Thirteen digits are milliseconds: seconds of that size would be 30 millennia away.
  const ms = seconds.length > 11 ? Number(seconds) : Number(seconds) * 1000;
  return `Unix time ${seconds} is ${new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.000Z$|Z$/, ' UTC')}.`;
}
