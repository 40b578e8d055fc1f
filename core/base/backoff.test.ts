import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delayFor, restartBackoff } from './backoff.js';

describe('restart backoff', () => {
  it.each([
    [0, 500],
    [1, 1_000],
    [2, 2_000],
    [6, 32_000],
    [7, 50_000],
    [1_000, 50_000],
    [-3, 500],
  ])('waits for try %i in the middle of its jitter %i ms', (attempt, expected) => {
    expect(delayFor(restartBackoff, attempt, () => 0.5)).toBe(expected);
  });

  it('is a whole number between 400 ms and 60 s for any try and any chance', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.double({ noNaN: true })), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
        const delayMs = delayFor(restartBackoff, attempt, () => chance);
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(400);
        expect(delayMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});
