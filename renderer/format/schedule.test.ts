import { expect, test } from 'vitest';
import { missedText, overlapText, ruleText, untilText, zonedText } from './schedule.js';

test('policies are said in words', () => {
  expect(missedText({ missed: 'skip', windowMs: null, staggerMs: 0 })).toBe('Missed runs are left out.');
  expect(missedText({ missed: 'once', windowMs: null, staggerMs: 0 })).toBe('Missed runs are made up for by one run.');
  expect(missedText({ missed: 'once', windowMs: 7_200_000, staggerMs: 0 })).toBe('Missed runs of the last 2 h are made up for by one run.');
  expect(missedText({ missed: 'all', windowMs: null, staggerMs: 30_000 })).toBe('Up to ten missed runs of the last 1 d are made up for, 30 s apart.');
  expect(overlapText('queue')).toContain('waits');
});

test('times are said in both ways', () => {
  const at = Date.parse('2026-11-22T03:00:00Z');
  expect(zonedText(at, 'Europe/Berlin')).toMatch(/Sun 22 Nov,? 04:00 (CET|GMT\+1)/);
  expect(zonedText(at, 'Mars/X')).toContain('22 Nov');
  expect(untilText(at, at - 300_000)).toBe('in 5 m');
  expect(untilText(at, at + 5_000)).toBe('now');
  expect(ruleText({ cron: null, everyMs: 90_000 })).toBe('every 1 m 30 s');
});
