import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { answers, type Listened, watchSilence } from './silence-watch.js';

const limits = { quietMs: 30_000, answerMs: 5_000 };

function setup(probe: () => Promise<void>) {
  const clock = new ManualClock();
  let heard = 0;
  let probes = 0;
  const side: Listened = {
    get heard() {
      return heard;
    },
    probe: () => {
      probes++;
      return probe();
    },
  };
  let stalls = 0;
  const watch = watchSilence(clock, side, limits, () => stalls++);
  return { clock, side, watch, says: () => heard++, stalls: () => stalls, probes: () => probes };
}

const never = (): Promise<void> => new Promise(() => undefined);

describe('watchSilence', () => {
  it('tells once, at most 40 s after the last message, when there is no answer either', async () => {
    const t = setup(never);
    await t.clock.advance(20_000);
    t.says();
    await t.clock.advance(30_000);
    expect([t.stalls(), t.probes()]).toEqual([0, 0]);
    await t.clock.advance(5_000);
    expect([t.stalls(), t.probes()]).toEqual([0, 1]);
    await t.clock.advance(5_000);
    expect(t.stalls()).toBe(1);
    await t.clock.advance(300_000);
    expect([t.stalls(), t.probes()]).toEqual([1, 1]);
  });

  it('never tells of one that thinks in silence but answers, nor of one that only talks', async () => {
    const thinks = setup(() => Promise.resolve());
    await thinks.clock.advance(600_000);
    expect(thinks.stalls()).toBe(0);
    expect(thinks.probes()).toBeGreaterThan(10);
    const talks = setup(never);
    for (let n = 0; n < 100; n++) {
      talks.says();
      await talks.clock.advance(20_000);
    }
    expect([talks.stalls(), talks.probes()]).toEqual([0, 0]);
  });

  it('takes any message for an answer, and a call that fails for none', async () => {
    const t = setup(never);
    const asked = answers(t.clock, t.side, limits);
    await t.clock.advance(1_000);
    t.says();
    await t.clock.advance(4_000);
    expect(await asked).toBe(true);
    const broken = setup(() => Promise.reject(new Error('the pipe is gone')));
    expect(await answers(broken.clock, broken.side, limits)).toBe(false);
  });

  it('stays silent itself once it was called off, also with a question open', async () => {
    const t = setup(never);
    await t.clock.advance(31_000);
    expect(t.probes()).toBe(1);
    t.watch.cancel();
    await t.clock.advance(100_000);
    expect([t.stalls(), t.probes()]).toEqual([0, 1]);
  });
});
