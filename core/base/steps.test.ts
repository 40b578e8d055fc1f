import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.js';
import { ManualClock } from './manual-clock.js';
import { Steps } from './steps.js';

/** A clock that counts how often it wakes somebody. */
class CountingClock extends ManualClock {
  wakes = 0;

  override after(delayMs: number, task: () => void) {
    return super.after(delayMs, () => {
      this.wakes++;
      task();
    });
  }
}

describe('tasks in step', () => {
  it('wake the process together, however far apart they were made', async () => {
    const clock = new CountingClock();
    const steps = new Steps(clock);
    const runs = new Map<number, number>();
    for (const periodMs of [1_000, 1_000, 2_000, 5_000]) {
      steps.every(periodMs, () => runs.set(periodMs, (runs.get(periodMs) ?? 0) + 1));
      await clock.advance(137);
    }
    // Each has had its first time.
    await clock.advance(6_000);
    clock.wakes = 0;
    runs.clear();
    await clock.advance(20_000);
    expect(clock.wakes).toBe(20);
    expect([...runs]).toEqual([
      [1_000, 40],
      [2_000, 10],
      [5_000, 4],
    ]);
  });

  it('are never early, first at most one step late, and keep their mean', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 250, max: 4_000 }), fc.nat({ max: 3_000 }), async (periodMs, startMs) => {
        const clock = new ManualClock();
        const steps = new Steps(clock);
        await clock.advance(startMs);
        const atMs: number[] = [];
        steps.every(periodMs, () => atMs.push(clock.monoMs() - startMs));
        await clock.advance(40_000);
        const gridMs = periodMs >= 1_000 ? 1_000 : 250;
        // Two milliseconds of grace, because real timers fire that much early.
        atMs.forEach((at, n) => {
          expect(at).toBeGreaterThanOrEqual((n + 1) * periodMs);
          expect(at).toBeLessThan((n + 1) * (periodMs + 2) + gridMs + 2);
        });
        expect(atMs.length).toBeGreaterThanOrEqual(Math.floor((40_000 - gridMs) / (periodMs + 2)) - 1);
      }),
      { numRuns: 60 },
    );
  });

  it('leave out what a standstill made them miss', async () => {
    const clock = new ManualClock();
    let nowMs = 0;
    const steps = new Steps({ monoMs: () => nowMs, after: (delayMs, task) => clock.after(delayMs, task) });
    let runs = 0;
    steps.every(1_000, () => {
      runs++;
    });
    nowMs = 60_300;
    await clock.advance(1_000);
    expect(runs).toBe(1);
    nowMs = 61_000;
    await clock.advance(700);
    expect(runs).toBe(2);
  });

  it('stop when they are cancelled, by one of the same step too, and leave no timer', async () => {
    const clock = new ManualClock();
    const steps = new Steps(clock);
    const ran: string[] = [];
    const first = steps.every(500, () => {
      ran.push('first');
      second.cancel();
      first.cancel();
    });
    const second = steps.every(500, () => ran.push('second'));
    await clock.advance(5_000);
    expect(ran).toEqual(['first']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('do not silence each other with an error', async () => {
    const clock = new ManualClock();
    const steps = new Steps(clock);
    const thrown: unknown[] = [];
    const caught = (error: unknown) => thrown.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').once('uncaughtException', caught);
    try {
      let runs = 0;
      const bad = steps.every(250, () => {
        throw new Error('a bad task');
      });
      steps.every(250, () => {
        runs++;
      });
      await clock.advance(250);
      bad.cancel();
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(250);
      expect(runs).toBe(2);
      expect(thrown).toEqual([new Error('a bad task')]);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    }
  });

  it('keep the context they were made in, as with a timer of their own', async () => {
    const store = new AsyncLocalStorage<string>();
    const timers: { cancel(): void }[] = [];
    const seen = await Promise.all(
      ['one', 'two'].map(
        (name) =>
          new Promise<string | undefined>((resolve) => {
            store.run(name, () => timers.push(systemClock.every(250, () => resolve(store.getStore()))));
          }),
      ),
    );
    for (const timer of timers) timer.cancel();
    expect(seen).toEqual(['one', 'two']);
  });
});
