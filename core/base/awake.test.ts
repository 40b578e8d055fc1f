import { describe, expect, it } from 'vitest';
import { afterAwake, stoodStillMs } from './awake.js';
import { ManualClock } from './manual-clock.js';

describe('afterAwake', () => {
  it('keeps its time to the millisecond while nothing sleeps', async () => {
    for (const delayMs of [0, 1, 4_999, 5_000, 5_001, 12_345, 600_000]) {
      const clock = new ManualClock();
      let firedMs: number | undefined;
      afterAwake(clock, delayMs, () => (firedMs = clock.monoMs()));
      await clock.advance(Math.max(0, delayMs - 1));
      if (delayMs > 0) expect(firedMs, `${delayMs}`).toBeUndefined();
      await clock.advance(1);
      expect(firedMs).toBe(delayMs);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('does not count a sleep, wherever in its time it falls', async () => {
    for (const awakeFirstMs of [0, 1_000, 27_000, 59_999]) {
      const clock = new ManualClock();
      let fired = false;
      const timer = afterAwake(clock, 60_000, () => (fired = true));
      await clock.advance(awakeFirstMs);
      clock.sleep(3_600_000);
      await clock.advance(60_000 - awakeFirstMs - 1);
      expect(fired, `after ${awakeFirstMs}`).toBe(false);
      // Late by one look at most: what came meanwhile is heard first.
      await clock.advance(5_002);
      expect([fired, timer.leftMs, clock.pendingTimers]).toEqual([true, 0, 0]);
    }
  });

  it('counts a moment in which the loop was merely busy', async () => {
    const clock = new ManualClock();
    let fired = false;
    afterAwake(clock, 60_000, () => (fired = true));
    clock.sleep(9_000);
    await clock.advance(51_000);
    expect(fired).toBe(true);
  });

  it('says what is left, and does nothing once it is called off', async () => {
    const clock = new ManualClock();
    const timer = afterAwake(clock, 60_000, () => expect.unreachable());
    await clock.advance(12_500);
    expect(timer.leftMs).toBe(47_500);
    timer.cancel();
    await clock.advance(600_000);
    expect(clock.pendingTimers).toBe(0);
  });
});

it.each([
  [1_000, 250, 0],
  [10_250, 250, 0],
  [10_251, 250, 10_001],
  [600_000, 1_000, 599_000],
])('a look after %i ms that was meant to come after %i: stood still for %i', (gapMs, everyMs, expected) => {
  expect(stoodStillMs(gapMs, everyMs)).toBe(expected);
});
