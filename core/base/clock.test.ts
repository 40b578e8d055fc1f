import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from './clock.js';
import { within } from './deadline.js';
import { ManualClock } from './manual-clock.js';

describe('system clock', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses a timer of %d ms instead of firing at once', (delayMs) => {
    expect(() => systemClock.after(delayMs, () => undefined)).toThrow(RangeError);
    expect(() => systemClock.every(delayMs, () => undefined)).toThrow(RangeError);
  });

  it('does not fire a timer of more than 2^31-1 ms at once', async () => {
    let fired = false;
    const timer = systemClock.after(2 ** 31, () => {
      fired = true;
    });
    await sleep(systemClock, 20);
    timer.cancel();
    expect(fired).toBe(false);
  });
});

describe('manual clock', () => {
  it('runs timers in order of their time, then of their making, whatever the steps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }),
        fc.array(fc.nat({ max: 20 }), { maxLength: 10 }),
        async (delays, steps) => {
          const clock = new ManualClock();
          const fired: { atMs: number; index: number }[] = [];
          delays.forEach((delayMs, index) => {
            clock.after(delayMs, () => fired.push({ atMs: clock.monoMs(), index }));
          });
          for (const step of steps) await clock.advance(step);
          const nowMs = clock.monoMs();
          const due = delays.map((atMs, index) => ({ atMs, index })).filter(({ atMs }) => atMs <= nowMs);
          expect(fired).toEqual(due.sort((a, b) => a.atMs - b.atMs || a.index - b.index));
          expect(clock.pendingTimers).toBe(delays.length - due.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('leaves monotonic time alone when the wall clock jumps', () => {
    const clock = new ManualClock(1_000);
    clock.jumpWall(3_600_000);
    expect([clock.wallMs(), clock.monoMs()]).toEqual([3_601_000, 0]);
  });

  it('repeats a periodic timer until it is cancelled', async () => {
    const clock = new ManualClock();
    let ticks = 0;
    const timer = clock.every(10, () => {
      ticks++;
    });
    await clock.advance(35);
    timer.cancel();
    await clock.advance(100);
    expect(ticks).toBe(3);
  });
});

describe('within', () => {
  it('says done with the value, and leaves no timer', async () => {
    const clock = new ManualClock();
    expect(await within(clock, 100, Promise.resolve(7))).toEqual({ kind: 'done', value: 7 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('says timeout, and swallows a rejection that comes later', async () => {
    const clock = new ManualClock();
    let fail: (error: Error) => void = () => undefined;
    const result = within(clock, 100, new Promise<never>((_resolve, reject) => (fail = reject)));
    await clock.advance(100);
    fail(new Error('late'));
    expect(await result).toEqual({ kind: 'timeout' });
  });

  it('says aborted for a signal that aborts later and for one that aborted before', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const result = within(clock, 100, new Promise(() => undefined), controller.signal);
    controller.abort();
    expect(await result).toEqual({ kind: 'aborted' });
    expect(await within(clock, 100, Promise.reject(new Error('nobody asks')), controller.signal)).toEqual({ kind: 'aborted' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('passes a rejection on', async () => {
    await expect(within(new ManualClock(), 100, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});

describe('sleep', () => {
  it('ends at its time, or with the reason of the signal', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const slept = sleep(clock, 50);
    const cut = sleep(clock, 50, controller.signal);
    controller.abort(new Error('enough'));
    await expect(cut).rejects.toThrow('enough');
    await clock.advance(50);
    await expect(slept).resolves.toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});
