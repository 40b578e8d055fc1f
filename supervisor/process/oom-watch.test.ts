import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { OomWatch } from './oom-watch.js';

describe('OomWatch', () => {
  const opened = (counts: (number | null)[]) => {
    const clock = new ManualClock();
    const watch = new OomWatch({ clock, read: () => [...counts] });
    const wait = async (ms: number): Promise<void> => {
      for (let gone = 0; gone < ms; gone += 5_000) {
        watch.look();
        await clock.advance(5_000);
      }
    };
    watch.look();
    return { clock, watch, wait };
  };

  it('each kill explains one exit', async () => {
    const counts = [0, 7];
    const { watch, wait } = opened(counts);
    expect(watch.claim()).toBe(false);
    // One process of our group, which the machine counts as well.
    counts[0] = 1;
    counts[1] = 8;
    expect([watch.claim(), watch.claim()]).toEqual([true, false]);
    await wait(60_000);
    counts[1] = 10;
    expect([watch.claim(), watch.claim(), watch.claim()]).toEqual([true, true, false]);
  });

  it('a kill long ago explains nothing: somebody else was killed then', async () => {
    const counts = [0];
    const { watch, wait } = opened(counts);
    await wait(30_000);
    counts[0] = 3;
    await wait(30_000);
    expect(watch.claim()).toBe(false);
  });

  it('one in another control group is seen by the count of the machine', async () => {
    const counts = [0, 0];
    const { watch, wait } = opened(counts);
    await wait(20_000);
    counts[1] = 1;
    await wait(5_000);
    expect(watch.claim()).toBe(true);
  });

  it('a source that goes away, or none at all, explains nothing', () => {
    const counts: (number | null)[] = [5];
    const { watch } = opened(counts);
    counts[0] = null;
    expect(watch.claim()).toBe(false);
    counts[0] = 6;
    expect(watch.claim()).toBe(true);
    expect(new OomWatch({ clock: new ManualClock(), read: () => [] }).claim()).toBe(false);
    // Before the first look there is nothing to compare with.
    expect(new OomWatch({ clock: new ManualClock(), read: () => [3] }).claim()).toBe(false);
  });
});
