import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesDay, parseCron } from './cron.js';
import { countBetween, latestUpTo, newestBetween, nextAfter, nextFew, ruleOf } from './rule.js';

const minuteMs = 60_000;
const at = (iso: string): number => Date.parse(iso);
const few = (cron: string, tz: string, from: string, count: number): string[] =>
  nextFew(ruleOf({ cron, tz }), at(from), count).map((ms) => new Date(ms).toISOString().slice(0, 16));

describe('a cron rule where the clocks jump', () => {
  test('a time of the day that is skipped runs once, at the jump', () => {
    expect(few('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual(['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']);
    expect(few('30 2 * * *', 'America/New_York', '2026-03-07T00:00Z', 3)).toEqual(['2026-03-07T07:30', '2026-03-08T07:00', '2026-03-09T06:30']);
    expect(few('15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T16:00Z', 2)).toEqual(['2026-10-03T15:30', '2026-10-04T15:15']);
  });
  test('two skipped times and the one at the jump are one run', () => {
    expect(few('0,30 2,3 * * *', 'Europe/Berlin', '2026-03-28T23:00Z', 3)).toEqual(['2026-03-29T01:00', '2026-03-29T01:30', '2026-03-30T00:00']);
  });
  test('a time of the day that comes twice runs at its first pass only', () => {
    expect(few('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']);
    expect(few('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00Z', 2)).toEqual(['2026-04-04T14:45', '2026-04-05T15:15']);
  });
  test('every hour means elapsed hours: both passes, nothing for what is skipped', () => {
    expect(few('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', 4)).toEqual(['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00', '2026-10-25T03:00']);
    expect(few('*/30 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:00Z', 4)).toEqual([
      '2026-04-04T14:30',
      '2026-04-04T15:00',
      '2026-04-04T15:30',
      '2026-04-04T16:00',
    ]);
    expect(few('30 * * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 3)).toEqual(['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30']);
  });
  test('a day that a zone leaves out runs at the jump', () => {
    expect(few('0 4 30 * *', 'Pacific/Apia', '2011-12-01T00:00Z', 2)).toEqual(['2011-12-30T10:00', '2012-01-29T14:00']);
  });
});

describe('a cron rule', () => {
  test('reads the calendar', () => {
    expect(few('0 0 29 2 *', 'UTC', '2096-03-01T00:00Z', 2)).toEqual(['2104-02-29T00:00', '2108-02-29T00:00']);
    expect(few('0 4 * * 0', 'UTC', '2026-11-22T04:00Z', 1)).toEqual(['2026-11-29T04:00']);
    expect(few('0 0 13 * FRI', 'UTC', '2026-11-01T00:00Z', 3)).toEqual(['2026-11-06T00:00', '2026-11-13T00:00', '2026-11-20T00:00']);
    expect(few('@weekly', 'UTC', '2026-11-22T00:00Z', 1)).toEqual(['2026-11-29T00:00']);
    expect(few('5/20 * * * *', 'Asia/Kolkata', '2026-11-22T00:00Z', 3)).toEqual(['2026-11-22T00:15', '2026-11-22T00:35', '2026-11-22T00:55']);
  });
  test.each([
    ['61 * * * *', 'minute'],
    ['* 24 * * *', 'hour'],
    ['* * * * * * * *', 'five fields'],
    ['*/5 * * * * *', 'every: 10s'],
    ['', 'five fields'],
    ['@reboot', '@reboot'],
    ['*/0 * * * *', 'step'],
    ['5-1 * * * *', 'backwards'],
    ['* * L * *', 'day of the month'],
    ['H * * * *', 'minute'],
    ['0 0 31 2 *', 'no month'],
    ['0 0 * foo *', 'month'],
    ['1,,2 * * * *', 'minute'],
    ['NaN * * * *', 'minute'],
    ['1e1 * * * *', 'minute'],
  ])('%j is refused and names %s', (cron, word) => {
    expect(() => ruleOf({ cron, tz: 'UTC' })).toThrow(word);
  });
  test('an unknown time zone is refused with the nearest name', () => {
    expect(() => ruleOf({ cron: '* * * * *', tz: 'Mars/X' })).toThrow(/tz must be an IANA time zone/);
    expect(() => ruleOf({ cron: '* * * * *', tz: 'Europe/Berlni' })).toThrow(/did you mean Europe\/Berlin/);
  });
  test.each([0, -1, Number.NaN, 1, 999, undefined, Number.POSITIVE_INFINITY])('every %s ms is refused', (everyMs) => {
    expect(() => ruleOf({ everyMs, tz: 'UTC' })).toThrow(/every must be at least 1s/);
  });
});

/** What a wall clock of the zone shows, asked for one instant without any of our arithmetic. */
const clocks = new Map<string, Intl.DateTimeFormat>();
function shown(tz: string, atMs: number): string {
  let clock = clocks.get(tz);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone: tz, dateStyle: 'short', timeStyle: 'short' });
    clocks.set(tz, clock);
  }
  return clock.format(atMs);
}

const oddZones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Beirut',
  'America/Santiago',
];
/** Days of 2026 around which one of these zones changes its clocks. */
const windows = ['2026-03-08', '2026-03-28', '2026-04-04', '2026-04-24', '2026-09-05', '2026-10-03', '2026-10-24', '2026-10-29', '2026-11-01', '2026-06-15'];

const list = (least: number, most: number, size: number) =>
  fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: size }).map((numbers) => numbers.join(','));

describe('compared with a walk through every minute', () => {
  test('occurrences are exactly those the wall clock shows, once each', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...oddZones),
        fc.constantFrom(...windows),
        fc.oneof(fc.constant('*'), fc.constantFrom('*/30', '*/15', '0', '15', '45'), list(0, 59, 3)),
        fc.oneof(fc.constant('*'), list(0, 4, 3), list(0, 23, 3), fc.constant('*/2')),
        fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, list(1, 31, 12)),
        (tz, window, minute, hour, day) => {
          const cron = `${minute} ${hour} ${day} * *`;
          const rule = ruleOf({ cron, tz });
          const fields = parseCron(cron);
          const from = at(`${window}T00:00Z`) - 36 * 60 * minuteMs;
          const to = from + 96 * 60 * minuteMs;
          const wanted = new Set<number>();
          const seen = new Set<string>();
          const everyHour = fields.hours.length === 24;
          for (let ms = from - 26 * 60 * minuteMs; ms <= to; ms += minuteMs) {
            const text = shown(tz, ms);
            const repeated = seen.has(text);
            seen.add(text);
            const before = at(`${shown(tz, ms - minuteMs).replace(' ', 'T')}Z`);
            const now = at(`${text.replace(' ', 'T')}Z`);
            const hit = (local: number): boolean =>
              matchesDay(fields, Math.floor(local / 86_400_000) * 86_400_000) &&
              fields.hours.includes(new Date(local).getUTCHours()) &&
              fields.minutes.includes(new Date(local).getUTCMinutes());
            let due = hit(now) && (everyHour || !repeated);
            if (!everyHour) for (let local = before + minuteMs; local < now; local += minuteMs) due ||= hit(local);
            if (due && ms > from) wanted.add(ms);
          }
          const found: number[] = [];
          for (let ms = nextAfter(rule, from); ms !== undefined && ms <= to; ms = nextAfter(rule, ms)) found.push(ms);
          expect(found.map((ms) => new Date(ms).toISOString())).toEqual([...wanted].sort((a, b) => a - b).map((ms) => new Date(ms).toISOString()));
          expect(countBetween(rule, from, to)).toBe(Math.min(found.length, 1_000));
          expect(latestUpTo(rule, to, from)).toBe(found[found.length - 1]);
          expect(newestBetween(rule, from, to, 4)).toEqual(found.slice(-4));
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  test('every-N keeps its own grid whatever the moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 86_400_000 }), fc.integer({ min: 0, max: 4e12 }), (everyMs, now) => {
        const rule = ruleOf({ everyMs, tz: 'UTC' });
        const next = nextAfter(rule, now) ?? 0;
        expect(next).toBeGreaterThan(now);
        expect(next - now).toBeLessThanOrEqual(everyMs);
        expect(next % everyMs).toBe(0);
        expect(latestUpTo(rule, next, 0)).toBe(next);
        expect(countBetween(rule, now, next + everyMs)).toBe(2);
      }),
    );
  });
});

test('ten years of a minutely rule are summed up without walking them', () => {
  const rule = ruleOf({ cron: '* * * * *', tz: 'Europe/Berlin' });
  const from = at('2016-01-01T00:00Z');
  const to = at('2026-01-01T00:00:30Z');
  expect(countBetween(rule, from, to)).toBe(1_000);
  expect(latestUpTo(rule, to, from)).toBe(at('2026-01-01T00:00Z'));
  expect(newestBetween(rule, from, to, 3).length).toBe(3);
});
