import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitRate, windowMs } from './rate-window.js';

describe('admitRate', () => {
  it('holds in every window, grants nothing to a clock that goes back, and lets in whoever waited as told (T1, T2, T4, T5)', () => {
    const steps = fc.array(fc.integer({ min: -70_000, max: 40_000 }), { maxLength: 80 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (jumps, limit) => {
        let kept: readonly number[] = [];
        let nowMs = 1_000_000;
        const admitted: number[] = [];
        for (const jump of jumps) {
          nowMs += jump;
          const seenMs = Math.max(nowMs, kept.at(-1) ?? nowMs);
          const before = kept;
          const answer = admitRate(kept, limit, nowMs);
          kept = answer.times;
          if (answer.waitMs === null) admitted.push(seenMs);
          else {
            expect(answer.times).toHaveLength(Math.min(before.length, limit));
            expect(admitRate(kept, limit, seenMs + answer.waitMs).waitMs).toBeNull();
            expect(admitRate(kept, limit, seenMs + answer.waitMs - 1).waitMs).not.toBeNull();
          }
          // Bounded by what it has to know.
          expect(kept.length).toBeLessThanOrEqual(limit);
        }
        for (const atMs of admitted) expect(admitted.filter((one) => one <= atMs && atMs - one < windowMs).length).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 300 },
    );
  });

  it('takes no time or limit that is none', () => {
    for (const [limit, nowMs] of [
      [3, Number.NaN],
      [3, Number.POSITIVE_INFINITY],
      [0, 1],
      [-1, 1],
      [Number.NaN, 1],
    ] as const)
      expect(() => admitRate([], limit, nowMs)).toThrow(RangeError);
    expect(admitRate([], null, 5)).toEqual({ times: [], left: null, waitMs: null });
  });
});
