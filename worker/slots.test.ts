import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/base/manual-clock.js';
import { Slots } from './slots.js';

describe('Slots', () => {
  it('tells what is in hand and since when', () => {
    const slots = new Slots(new ManualClock(5_000));
    const first = slots.enter('turns', 't1', 'turn');
    slots.enter('coach', 'coach-t0', 'coach');
    expect(slots.report(false)).toMatchObject({
      busySlots: 2,
      jobs: [
        { queue: 'turns', id: 't1', name: 'turn', sinceMs: 5_000 },
        { queue: 'coach', id: 'coach-t0' },
      ],
    });
    first.leave();
    first.leave();
    expect(slots.report(false).busySlots).toBe(1);
  });

  it('stands still while a job hangs, moves with its steps', () => {
    const slots = new Slots(new ManualClock());
    const slot = slots.enter('turns', 't1', 'turn');
    const before = slots.report(false).progress;
    expect(slots.report(false).progress).toBe(before);
    slot.moved();
    expect(slots.report(false).progress).toBe(before + 1);
  });

  it('moves by itself during an announced wait, until its deadline or as long as nothing else hangs', async () => {
    const clock = new ManualClock();
    const slots = new Slots(clock);
    const waiting = slots.enter('turns', 't1', 'turn');
    waiting.waits(60_000);
    const first = slots.report(false).progress;
    expect(slots.report(false).progress).toBe(first + 1);
    const hanging = slots.enter('turns', 't2', 'turn');
    const stuck = slots.report(false).progress;
    expect(slots.report(false).progress).toBe(stuck);
    hanging.leave();
    for (let n = 0; n < 60; n++) {
      await clock.advance(1_000);
      slots.report(false);
    }
    const late = slots.report(false).progress;
    expect(slots.report(false).progress).toBe(late);
  });

  it('an announced wait does not run out while this very process stands still', async () => {
    const clock = new ManualClock();
    const slots = new Slots(clock);
    slots.report(false);
    slots.enter('turns', 't1', 'turn').waits(60_000);
    clock.sleep(3_600_000);
    const woken = slots.report(false);
    expect(woken.jobs).toMatchObject([{ id: 't1', quietMs: 59_000 }]);
    await clock.advance(1_000);
    expect(slots.report(false).progress).toBe(woken.progress + 1);
  });

  it('tells the steps and the rest of an announced wait of each job', async () => {
    const clock = new ManualClock();
    const slots = new Slots(clock);
    const [waiting, hanging] = [slots.enter('turns', 't1', 'turn'), slots.enter('turns', 't2', 'turn')];
    hanging.moved();
    waiting.waits(60_000);
    await clock.advance(20_000);
    expect(slots.report(false).jobs).toMatchObject([
      { id: 't1', steps: 1, quietMs: 40_000 },
      { id: 't2', steps: 1 },
    ]);
    expect(slots.report(false).jobs[1]).not.toHaveProperty('quietMs');
    waiting.moved();
    expect(slots.report(false).jobs[0]).toMatchObject({ steps: 2 });
    expect(slots.report(false).jobs[0]).not.toHaveProperty('quietMs');
    expect(slots.report(true)).toMatchObject({ excused: true });
    expect(slots.report(false)).not.toHaveProperty('excused');
  });

  it('blames no job while there is an excuse, and is still when idle', () => {
    const slots = new Slots(new ManualClock());
    expect(slots.report(true).progress).toBe(0);
    slots.enter('turns', 't1', 'turn');
    expect(slots.report(true).progress).toBeGreaterThan(1);
  });
});
