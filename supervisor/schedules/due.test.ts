import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockVerdict, dueNow, mostCatchUps, onTimeWithinMs, overlapVerdict } from './due.js';
import { newestBetween, nextAfter, ruleOf } from './time/rule.js';

const at = (iso: string): number => Date.parse(iso);
const hourMs = 3_600_000;
const daily = ruleOf({ cron: '0 4 * * *', tz: 'Europe/Berlin' });
const hourly = ruleOf({ cron: '0 * * * *', tz: 'UTC' });
const ask = (missed: 'skip' | 'once' | 'all', last: string, now: string, more: { rule?: typeof daily; windowMs?: number } = {}) =>
  dueNow({ rule: more.rule ?? daily, missed, windowMs: more.windowMs, staggerMs: 30_000, lastMs: at(last), nowMs: at(now) });

describe('what is due', () => {
  test('nothing before its time, the run of the moment at its time', () => {
    expect(ask('once', '2026-11-20T12:00Z', '2026-11-21T02:59:59Z')).toBeUndefined();
    expect(ask('once', '2026-11-20T12:00Z', '2026-11-21T03:00:01Z')).toEqual({
      lastMs: at('2026-11-21T03:00Z'),
      dueMs: at('2026-11-21T03:00Z'),
      missed: 0,
      catchUp: [],
    });
  });
  test('a machine that slept through it: skip leaves it, once makes up for it at the wake', () => {
    expect(ask('skip', '2026-11-20T12:00Z', '2026-11-21T04:10Z')).toMatchObject({ dueMs: undefined, missed: 1, catchUp: [] });
    expect(ask('once', '2026-11-20T12:00Z', '2026-11-21T04:10Z')).toMatchObject({
      dueMs: undefined,
      missed: 1,
      catchUp: [{ dueMs: at('2026-11-21T03:00Z'), notBeforeMs: at('2026-11-21T04:10Z') }],
    });
  });
  test('once stays once, however many were missed, and the run of the moment stands for them', () => {
    const long = ask('once', '2026-11-01T00:00Z', '2026-11-21T04:10Z', { rule: hourly });
    expect(long?.catchUp.length).toBe(1);
    expect(long?.missed).toBe(484);
    expect(ask('once', '2026-11-01T00:00Z', '2026-11-21T04:00:05Z', { rule: hourly })).toMatchObject({
      dueMs: at('2026-11-21T04:00Z'),
      missed: 483,
      catchUp: [],
    });
  });
  test('all: those of the window, at most ten, oldest first and never in a burst', () => {
    const few = ask('all', '2026-11-20T20:30Z', '2026-11-21T00:10Z', { rule: hourly });
    expect(few?.catchUp).toEqual(
      ['21', '22', '23', '24'].map((hour, index) => ({
        dueMs: at('2026-11-20T00:00Z') + Number(hour) * hourMs,
        notBeforeMs: at('2026-11-21T00:10Z') + index * 30_000,
      })),
    );
    expect(ask('all', '2026-11-18T00:00Z', '2026-11-21T00:10Z', { rule: hourly })?.catchUp.length).toBe(mostCatchUps);
    expect(ask('all', '2026-11-18T00:00Z', '2026-11-21T00:10Z', { rule: hourly, windowMs: 2 * hourMs })?.catchUp.length).toBe(2);
    const onTime = ask('all', '2026-11-20T22:30Z', '2026-11-21T00:00:10Z', { rule: hourly });
    expect(onTime).toMatchObject({
      dueMs: at('2026-11-21T00:00Z'),
      missed: 1,
      catchUp: [{ dueMs: at('2026-11-20T23:00Z'), notBeforeMs: at('2026-11-21T00:00:40Z') }],
    });
  });
  test('once within a window leaves what is older', () => {
    expect(ask('once', '2026-11-18T00:00Z', '2026-11-21T09:00Z', { windowMs: 2 * hourMs })).toMatchObject({ missed: 4, catchUp: [] });
  });
  test('a schedule every 2 s that stood still for 11 s: one run, then on the grid', () => {
    const rule = ruleOf({ everyMs: 2_000, tz: 'UTC' });
    expect(dueNow({ rule, missed: 'once', windowMs: undefined, staggerMs: 0, lastMs: 0, nowMs: 11_000 })).toEqual({
      lastMs: 10_000,
      dueMs: 10_000,
      missed: 4,
      catchUp: [],
    });
    expect(nextAfter(rule, 10_000)).toBe(12_000);
  });
  test('ten years ahead by a wrong clock are one answer, at once', () => {
    const rule = ruleOf({ cron: '* * * * *', tz: 'America/New_York' });
    const answer = dueNow({
      rule,
      missed: 'all',
      windowMs: 7 * 24 * hourMs,
      staggerMs: 1_000,
      lastMs: at('2026-01-01T00:00Z'),
      nowMs: at('2036-01-01T00:00:45Z'),
    });
    expect(answer?.catchUp.length).toBe(mostCatchUps);
  });
});

describe('over any history of looks, sleeps and clock changes', () => {
  const rules = ['0 * * * *', '*/15 * * * *', '30 2 * * *', '0 4 * * 0', '15 1,2,3 * * *'].flatMap((cron) =>
    ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map((tz) => ruleOf({ cron, tz })),
  );
  rules.push(ruleOf({ everyMs: 7 * 60_000, tz: 'UTC' }));
  const startMs = at('2026-10-23T00:00Z');

  test('no occurrence is dealt with twice, none that was looked at in time is lost, none runs before its time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rules),
        fc.constantFrom('skip' as const, 'once' as const, 'all' as const),
        fc.array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 200, max: 20_000 }) }, fc.integer({ min: 60_000, max: 40 * hourMs })), { maxLength: 60 }),
        (rule, missed, steps) => {
          let nowMs = startMs;
          let lastMs = startMs;
          const done = new Set<number>();
          let answered = 0;
          for (const step of steps) {
            const beforeMs = nowMs;
            nowMs += step;
            const due = dueNow({ rule, missed, windowMs: undefined, staggerMs: 1_000, lastMs, nowMs });
            const passed = newestBetween(rule, beforeMs, nowMs, 2_000);
            if (due === undefined) {
              expect(passed).toEqual([]);
              continue;
            }
            expect(due.lastMs).toBe(passed[passed.length - 1]);
            answered += due.missed + (due.dueMs === undefined ? 0 : 1);
            const fired = [...due.catchUp.map((run) => run.dueMs), ...(due.dueMs === undefined ? [] : [due.dueMs])];
            for (const dueMs of fired) {
              expect(done.has(dueMs)).toBe(false);
              expect(dueMs).toBeLessThanOrEqual(nowMs);
              expect(dueMs).toBeGreaterThan(lastMs);
              done.add(dueMs);
            }
            expect(due.dueMs !== undefined).toBe(nowMs - due.lastMs <= onTimeWithinMs);
            if (missed === 'skip') expect(due.catchUp).toEqual([]);
            if (missed === 'once') expect(fired.length).toBe(1);
            if (missed === 'all')
              expect(due.catchUp.length).toBe(
                Math.min(mostCatchUps, newestBetween(rule, Math.max(lastMs, nowMs - 24 * hourMs), nowMs, 200).length - (due.dueMs === undefined ? 0 : 1)),
              );
            lastMs = due.lastMs;
          }
          expect(answered).toBe(newestBetween(rule, startMs, nowMs, 5_000).length);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});

describe('a clock that was set back', () => {
  test('is waited out by a cron rule, and by a rule of intervals for one interval', () => {
    const now = at('2026-11-21T12:00Z');
    expect(clockVerdict(daily, now - 1, now)).toBe('right');
    expect(clockVerdict(daily, now + hourMs, now)).toBe('wait');
    const often = ruleOf({ everyMs: 10_000, tz: 'UTC' });
    expect(clockVerdict(often, now + 50, now)).toBe('wait');
    expect(clockVerdict(often, now + hourMs, now)).toBe('restart');
  });
  test('by years: begins anew instead of never running again', () => {
    expect(clockVerdict(daily, at('2036-01-01T00:00Z'), at('2026-01-01T00:00Z'))).toBe('restart');
  });
});

test.each([
  ['skip', 0, 'fire'],
  ['skip', 1, 'skip'],
  ['queue', 1, 'line'],
  ['replace', 2, 'replace'],
  ['replace', 0, 'fire'],
] as const)('overlap %s with %i open is %s', (overlap, open, verdict) => {
  expect(overlapVerdict(overlap, open)).toBe(verdict);
});
