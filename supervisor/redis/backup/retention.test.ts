import { describe, expect, it } from 'vitest';
import { backupName, dueInMs, superfluous, timeOfName } from './retention.js';

const hourMs = 3_600_000;
const start = Date.UTC(2026, 0, 10, 12, 30);
const hourly = (count: number): string[] => Array.from({ length: count }, (_, hour) => backupName(start - hour * hourMs));

describe('names', () => {
  it('hold the time', () => {
    expect(backupName(start)).toBe('redis-2026-01-10T12-30-00-000Z');
    expect(timeOfName(backupName(start + 7))).toBe(start + 7);
  });
  it.each(['redis-2026', 'redis-2026-01-10T12-30-00-000Z.tmp', 'other', ''])('%j is none', (name) => expect(timeOfName(name)).toBeUndefined());
});

describe('what may go', () => {
  it('is nothing while there are few', () => expect(superfluous(hourly(24), { keep: 24, keepDays: 7 })).toEqual([]));

  it('is all but the newest and one of each day', () => {
    const names = hourly(24 * 10);
    const gone = new Set(superfluous(names, { keep: 24, keepDays: 7 }));
    const kept = names.filter((name) => !gone.has(name));
    expect(kept.slice(0, 24)).toEqual(names.slice(0, 24));
    // 24 hours reach into the day before; five more days have their last one.
    expect(kept.slice(24)).toEqual([4, 5, 6, 7, 8].map((day) => `redis-2026-01-0${day}T23-30-00-000Z`).reverse());
  });

  it('never touches what is not a backup', () => expect(superfluous(['aside', 'redis-x', ...hourly(2)], { keep: 1, keepDays: 0 })).toEqual([hourly(2)[1]]));
});

it.each([
  [undefined, 0],
  [start, hourMs],
  [start - hourMs / 2, hourMs / 2],
  [start - 5 * hourMs, 0],
  [start + 5 * hourMs, hourMs],
])('the newest at %s: due in %s ms', (newest, due) => expect(dueInMs(newest, start, hourMs)).toBe(due));
