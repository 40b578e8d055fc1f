import { describe, expect, test } from 'vitest';
import { processorMs } from '../../../core/base/test-times.js';
import { addMonths, dayNumber, isoDate, isoWeek, parseDate } from './civil-date.js';
import { answerDate } from './dates.js';
import { zoneFor } from './time-zones.js';

/** A Sunday, 12:34 UTC. */
const context = { nowMs: Date.UTC(2026, 10, 22, 12, 34), timeZone: 'UTC' };
const today = dayNumber(2026, 11, 22) ?? 0;

describe('a question about dates', () => {
  test.each([
    ['days between 2026-01-01 and 2026-03-05', '63 days from 2026-01-01 (Thursday) to 2026-03-05 (Thursday) (9 weeks).'],
    ['How many days are there between 2024-02-28 and 2024-03-01?', '2 days from 2024-02-28 (Wednesday) to 2024-03-01 (Friday).'],
    ['how many days from 5 March 2026 to 1 Jan 2026', '63 days from 2026-03-05 (Thursday) to 2026-01-01 (Thursday) (9 weeks).'],
    ['weeks between 2026-01-01 and 2026-01-17', '2 weeks and 2 days from 2026-01-01 (Thursday) to 2026-01-17 (Saturday).'],
    ['months between 2026-01-31 and 2026-03-01', '1 month, 1 day from 2026-01-31 (Saturday) to 2026-03-01 (Sunday).'],
    ['years between 1990-05-17 and today', '36 years, 6 months, 5 days from 1990-05-17 (Thursday) to 2026-11-22 (Sunday).'],
    ['working days between 2026-11-20 and 2026-11-24', '2 weekdays from 2026-11-20 (Friday) to 2026-11-24 (Tuesday), the last day not counted.'],
    ['what day is 2026-11-22', '2026-11-22 is a Sunday, today.'],
    ['What day of the week was July 4, 1776?', '1776-07-04 is a Thursday, 91451 days ago.'],
    ['30 days after 2026-01-31', '30 days after 2026-01-31 (Saturday) is 2026-03-02 (Monday).'],
    ['what is 2 weeks before 22 November 2026?', '2 weeks before 2026-11-22 (Sunday) is 2026-11-08 (Sunday).'],
    ['1 month after 2026-01-31', '1 month after 2026-01-31 (Saturday) is 2026-02-28 (Saturday).'],
    ['a year after 2024-02-29', 'a year after 2024-02-29 (Thursday) is 2025-02-28 (Friday).'],
    ['2026-01-01 + 90 days', '90 days after 2026-01-01 (Thursday) is 2026-04-01 (Wednesday).'],
    ['today minus 3 weeks', '3 weeks before 2026-11-22 (Sunday) is 2026-11-01 (Sunday).'],
    ['What date is in 10 days?', '10 days after 2026-11-22 (Sunday) is 2026-12-02 (Wednesday).'],
    ['what date was 3 weeks ago', '3 weeks before 2026-11-22 (Sunday) is 2026-11-01 (Sunday).'],
    ['5 business days after 2026-11-20', '5 business days after 2026-11-20 (Friday) is 2026-11-27 (Friday).'],
    ['1 weekday after 2026-11-20', '1 weekday after 2026-11-20 (Friday) is 2026-11-23 (Monday).'],
    ['how many days until Christmas?', '33 days from 2026-11-22 (Sunday) to 2026-12-25 (Friday) (4 weeks and 5 days).'],
    ['how long until 2027-01-01', '40 days from 2026-11-22 (Sunday) to 2027-01-01 (Friday) (5 weeks and 5 days).'],
    ['days since 2026-11-01', '21 days from 2026-11-01 (Sunday) to 2026-11-22 (Sunday) (3 weeks).'],
    ['when is next friday', 'Next friday is 2026-11-27 (Friday), in 5 days.'],
    ['what is the date today', 'It is 2026-11-22 (Sunday), 12:34 in UTC.'],
    ["What's today's date?", 'It is 2026-11-22 (Sunday), 12:34 in UTC.'],
    ['what day is it', 'It is 2026-11-22 (Sunday), 12:34 in UTC.'],
    ['what time is it?', 'It is 2026-11-22 (Sunday), 12:34 in UTC.'],
    ['time in Tokyo', 'In Asia/Tokyo it is 21:34 on 2026-11-22 (Sunday) (UTC+9).'],
    ['What time is it in New York?', 'In America/New_York it is 07:34 on 2026-11-22 (Sunday) (UTC-5).'],
    ['what is the time in san francisco', 'In America/Los_Angeles it is 04:34 on 2026-11-22 (Sunday) (UTC-8).'],
    ['time in Atlantis', 'I know no time zone for "atlantis". A larger city nearby or a name such as Europe/Berlin works.'],
    ['is 2100 a leap year', '2100 is not a leap year.'],
    ['is 2028 a leap year?', '2028 is a leap year.'],
    ['week number of 2027-01-01', '2027-01-01 (Friday) is in ISO week 53 of 2026.'],
    ['what week is it', '2026-11-22 (Sunday) is in ISO week 47 of 2026.'],
    ['how many days in february 2028', 'February 2028 has 29 days.'],
    ['unix timestamp 1700000000', 'Unix time 1700000000 is 2023-11-14 22:13:20 UTC.'],
    ['unix time', 'The Unix time is 1795350840.'],
    ['what day is 2026-02-30', 'There is no such day as 2026-02-30.'],
    ['days between 3/5/2026 and today', '3/5/2026 can be 2026-05-03 or 2026-03-05: please write it as year-month-day.'],
    ['9999999 days after today', '9999999 days after 2026-11-22 (Sunday) is outside the years 1 to 9999.'],
  ])('%s', (question, answer) => {
    expect(answerDate(question, context)).toBe(answer);
  });

  test('today is the day of the given zone, not of UTC', () => {
    expect(answerDate('what day is today', { nowMs: Date.UTC(2026, 10, 22, 23, 30), timeZone: 'Asia/Tokyo' })).toBe('2026-11-23 is a Monday, today.');
  });

  test.each([
    '',
    'hello',
    'days',
    'what is the weather',
    'time flies like an arrow',
    'between you and me',
    'how long is the coast',
    '5 apples after lunch',
    'may I ask',
    'what is Roost',
    'week after week',
    'x'.repeat(10_000),
  ])('no question about dates: %s', (text) => {
    expect(answerDate(text, context)).toBeUndefined();
  });

  test('reads hostile text in no time', () => {
    const started = processorMs();
    for (const text of [
      'days between '.repeat(15),
      `days between ${'and '.repeat(40)}`,
      '1 day after '.repeat(16),
      'what is the '.repeat(16),
      ' '.repeat(200),
      `${'a '.repeat(90)}+ 1 day`,
      '-'.repeat(200),
    ])
      answerDate(text, context);
    expect(processorMs() - started).toBeLessThan(500);
  });
});

describe('a date', () => {
  test.each([
    ['2026-3-5', '2026-03-05'],
    ['22 November 2026', '2026-11-22'],
    ['Nov 22nd, 2026', '2026-11-22'],
    ['the 1st of May 2027', '2027-05-01'],
    ['22.11.2026', '2026-11-22'],
    ['25/12/2026', '2026-12-25'],
    ['12/25/2026', '2026-12-25'],
    ['tomorrow', '2026-11-23'],
    ['the day before yesterday', '2026-11-20'],
    ['sunday', '2026-11-29'],
    ['this sunday', '2026-11-22'],
    ['last monday', '2026-11-16'],
    ['5 march', '2027-03-05'],
    ['29 february', '2028-02-29'],
    ['0001-01-01', '0001-01-01'],
    ['0099-12-31', '0099-12-31'],
  ])('%s is %s', (text, iso) => {
    const parsed = parseDate(text, today);
    expect(parsed?.kind === 'day' ? isoDate(parsed.day) : parsed?.message).toBe(iso);
  });

  test.each(['2026-13-01', '2025-02-29', '31.04.2026', '32 march', '29 february 2026'])('%s does not exist', (text) => {
    expect(parseDate(text, today)).toMatchObject({ kind: 'unclear' });
  });

  test.each(['', 'soon', 'toString', 'constructor', '5', '2026', 'march', '5 5 march 2026', '1 2 3'])('%s is none', (text) => {
    expect(parseDate(text, today)).toBeUndefined();
  });

  test('months and weeks hold at their edges', () => {
    expect(isoDate(addMonths(dayNumber(2024, 1, 31) ?? 0, 1) ?? 0)).toBe('2024-02-29');
    expect(isoDate(addMonths(dayNumber(2024, 1, 31) ?? 0, -2) ?? 0)).toBe('2023-11-30');
    expect(isoWeek(dayNumber(2021, 1, 3) ?? 0)).toEqual({ year: 2020, week: 53 });
    expect(isoWeek(dayNumber(2024, 12, 30) ?? 0)).toEqual({ year: 2025, week: 1 });
  });
});

test.each([
  ['Tokyo', 'Asia/Tokyo'],
  ['new york', 'America/New_York'],
  ['Europe/Berlin', 'Europe/Berlin'],
  ['the UK', 'Europe/London'],
  ['Paris, France', 'Europe/Paris'],
  ['toString', undefined],
  ['../etc', undefined],
])('the zone of %s', (place, zone) => {
  expect(zoneFor(place)).toBe(zone);
});
