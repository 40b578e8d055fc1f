/** A day of the proleptic Gregorian calendar, free of time zones: days since 1970-01-01. */
export type DayNumber = number;

export const monthNames = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'] as const;
export const weekdayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const msPerDay = 86_400_000;

export const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
export const daysInMonth = (year: number, month: number): number => (month === 2 ? (isLeapYear(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);

/** `month` 1..12; undefined when there is no such day (30 February) or the year is not 1..9999. */
export function dayNumber(year: number, month: number, day: number): DayNumber | undefined {
  if (!Number.isInteger(year) || year < 1 || year > 9_999 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / msPerDay;
}

export function civil(day: DayNumber): { readonly year: number; readonly month: number; readonly day: number; readonly weekday: number } {
  const date = new Date(day * msPerDay);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay() };
}

/** The same day of a later or earlier month, or its last day when the month is shorter. */
export function addMonths(start: DayNumber, months: number): DayNumber | undefined {
  const { year, month, day } = civil(start);
  const index = year * 12 + (month - 1) + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  return dayNumber(toYear, toMonth, Math.min(day, daysInMonth(toYear, toMonth)));
}

/** ISO 8601: weeks start on Monday, week 1 holds the first Thursday. */
export function isoWeek(day: DayNumber): { readonly year: number; readonly week: number } {
  const thursday = day - ((civil(day).weekday + 6) % 7) + 3;
  const { year } = civil(thursday);
  return { year, week: Math.floor((thursday - (dayNumber(year, 1, 1) ?? thursday)) / 7) + 1 };
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const isoDate = (day: DayNumber): string => `${pad(civil(day).year, 4)}-${pad(civil(day).month)}-${pad(civil(day).day)}`;
export const weekdayOf = (day: DayNumber): string => capital(weekdayNames[civil(day).weekday] ?? '');
/** "2026-11-22 (Sunday)" */
export const dated = (day: DayNumber): string => `${isoDate(day)} (${weekdayOf(day)})`;

export type ParsedDate = { readonly kind: 'day'; readonly day: DayNumber } | { readonly kind: 'unclear'; readonly message: string };

const relative: Readonly<Record<string, number>> = {
  today: 0,
  now: 0,
  tomorrow: 1,
  yesterday: -1,
  'the day after tomorrow': 2,
  'day after tomorrow': 2,
  'the day before yesterday': -2,
  'day before yesterday': -2,
};
const holidays: Readonly<Record<string, readonly [number, number]>> = {
  christmas: [12, 25],
  'christmas day': [12, 25],
  'christmas eve': [12, 24],
  "new year's eve": [12, 31],
  "new year's day": [1, 1],
  'new year': [1, 1],
  halloween: [10, 31],
  "valentine's day": [2, 14],
};

/**
 * ISO dates, "22 November 2026", "Nov 22nd, 2026", "22.11.2026", today, next Friday, Christmas. A day
 * without a year is the next such day from `today` on. Undefined when it is no date at all.
 */
export function parseDate(written: string, today: DayNumber): ParsedDate | undefined {
  const text = written
    .trim()
    .toLowerCase()
    .replace(/^(?:on|the date) /, '')
    .replace(/[?.!,]+$/, '')
    .replace(/\s+/g, ' ');
  if (text.length === 0 || text.length > 60) return undefined;
  const offset = Object.hasOwn(relative, text) ? relative[text] : undefined;
  if (offset !== undefined) return { kind: 'day', day: today + offset };
  const holiday = Object.hasOwn(holidays, text) ? holidays[text] : undefined;
  if (holiday !== undefined) return upcoming(holiday[0], holiday[1], today);
  return weekdayDate(text, today) ?? isoLike(text) ?? numeric(text) ?? named(text, today);
}

const found = (day: DayNumber | undefined, text: string): ParsedDate =>
  day === undefined ? { kind: 'unclear', message: `There is no such day as ${text}.` } : { kind: 'day', day };

function upcoming(month: number, day: number, today: DayNumber): ParsedDate {
  const { year } = civil(today);
  // 29 February waits for a leap year, at most eight years away.
  for (let ahead = 0; ahead <= 8; ahead++) {
    const candidate = dayNumber(year + ahead, month, day);
    if (candidate !== undefined && candidate >= today) return { kind: 'day', day: candidate };
  }
  return found(undefined, `day ${day} of ${capital(monthNames[month - 1] ?? '')}`);
}

function weekdayDate(text: string, today: DayNumber): ParsedDate | undefined {
  const match = /^(?:(this|next|last|coming) )?([a-z]{3,9})$/.exec(text);
  const index = weekdayNames.findIndex((name) => match?.[2] === name || match?.[2] === name.slice(0, 3));
  if (match === null || index < 0) return undefined;
  const ahead = (index - civil(today).weekday + 7) % 7;
  if (match[1] === 'last') return { kind: 'day', day: today + ahead - 7 };
  return { kind: 'day', day: today + (ahead === 0 && match[1] !== 'this' ? 7 : ahead) };
}

function isoLike(text: string): ParsedDate | undefined {
  const match = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text);
  return match === null ? undefined : found(dayNumber(Number(match[1]), Number(match[2]), Number(match[3])), text);
}

function numeric(text: string): ParsedDate | undefined {
  const match = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$/.exec(text);
  if (match === null) return undefined;
  const [a, b, year] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const [dayFirst, monthFirst] = [dayNumber(year, b, a), dayNumber(year, a, b)];
  // With dots the day comes first everywhere; with slashes and dashes it depends on the reader.
  if (match[2] === '.' || dayFirst === undefined || monthFirst === undefined || a === b)
    return found(dayFirst ?? (match[2] === '.' ? undefined : monthFirst), text);
  return { kind: 'unclear', message: `${text} can be ${isoDate(dayFirst)} or ${isoDate(monthFirst)}: please write it as year-month-day.` };
}

function named(text: string, today: DayNumber): ParsedDate | undefined {
  const words = text
    .replace(/[,.]/g, ' ')
    .replace(/\b(the|of)\b/g, ' ')
    .replace(/(\d)(st|nd|rd|th)\b/g, '$1')
    .trim()
    .split(/ +/);
  const monthAt = words.findIndex((word) => monthOf(word) !== undefined);
  const month = monthOf(words[monthAt] ?? '');
  const numbers = words.filter((_, index) => index !== monthAt);
  if (month === undefined || numbers.length < 1 || numbers.length > 2 || monthAt > 1 || !numbers.every((word) => /^\d{1,4}$/.test(word))) return undefined;
  const [day = '', year] = numbers;
  if (day.length > 2) return undefined;
  if (year === undefined) return Number(day) <= daysInMonth(2_000, month) && Number(day) > 0 ? upcoming(month, Number(day), today) : found(undefined, text);
  return year.length === 4 ? found(dayNumber(Number(year), month, Number(day)), text) : undefined;
}

/** "nov", "sept" and "november"; three letters at least. */
export function monthOf(word: string): number | undefined {
  const clean = word.toLowerCase();
  const index =
    clean.length < 3 ? -1 : monthNames.findIndex((name) => name === clean || name.slice(0, 3) === clean || (clean === 'sept' && name === 'september'));
  return index < 0 ? undefined : index + 1;
}
