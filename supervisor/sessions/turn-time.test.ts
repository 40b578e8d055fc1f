import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { TurnTime } from './turn-time.js';

describe('TurnTime', () => {
  it('a deadline stands still while a person has to answer, however often', async () => {
    const clock = new ManualClock(5_000);
    const time = new TurnTime(clock);
    const due: number[] = [];
    time.after(1_000, () => due.push(clock.monoMs()));
    await clock.advance(300);
    time.after(1_000, () => due.push(clock.monoMs()));
    await clock.advance(100);
    const startMs = clock.monoMs() - 400;
    time.setWaiting(true);
    time.setWaiting(true);
    await clock.advance(60_000);
    expect(due).toEqual([]);
    expect([time.spentMs, time.humanMs, time.waiting]).toEqual([400, 60_000, true]);
    time.setWaiting(false);
    await clock.advance(599);
    expect(due).toEqual([]);
    await clock.advance(1);
    expect(due).toEqual([startMs + 61_000]);
    time.setWaiting(true);
    await clock.advance(10_000);
    time.setWaiting(false);
    await clock.advance(299);
    expect(due).toHaveLength(1);
    await clock.advance(1);
    expect(due).toHaveLength(2);
    expect([time.spentMs, time.humanMs]).toEqual([1_300, 70_000]);
  });

  it('a deadline stands still while the machine sleeps', async () => {
    const clock = new ManualClock();
    const time = new TurnTime(clock);
    let due = false;
    time.after(600_000, () => (due = true));
    await clock.advance(100_000);
    clock.sleep(3_600_000);
    await clock.advance(499_000);
    expect(due).toBe(false);
    await clock.advance(6_100);
    expect(due).toBe(true);
  });

  it('what begins during a wait runs after it, what is called off does not', async () => {
    const clock = new ManualClock();
    const time = new TurnTime(clock);
    time.setWaiting(true);
    let due = 0;
    time.after(100, () => due++);
    time.after(100, () => due++).cancel();
    await clock.advance(1_000);
    expect(due).toBe(0);
    time.setWaiting(false);
    await clock.advance(100);
    expect(due).toBe(1);
  });

  it('tells the present state to whoever asks, and each change once', () => {
    const time = new TurnTime(new ManualClock());
    const told: boolean[] = [];
    time.setWaiting(true);
    time.onWaiting((waiting) => told.push(waiting));
    time.setWaiting(true);
    time.setWaiting(false);
    expect(told).toEqual([true, false]);
  });
});
