import type { Clock, Timer } from './clock.js';

/** Looks of ours that come so much too late: not the others were slow, we stood still ourselves (a machine asleep, a stopped or blocked process). */
const ownGapMs = 10_000;
const lookEveryMs = 5_000;

/** How long this process stood still itself, if a look came `gapMs` after the one before and was meant to come after `everyMs`; else 0. */
export const stoodStillMs = (gapMs: number, everyMs: number): number => (gapMs > everyMs + ownGapMs ? gapMs - everyMs : 0);

export interface AwakeTimer extends Timer {
  /** What is left of its time. */
  readonly leftMs: number;
}

/** Runs `task` after so much time in which this process was awake: nobody is late for one who slept. */
export function afterAwake(clock: Pick<Clock, 'after' | 'monoMs'>, delayMs: number, task: () => void): AwakeTimer {
  let leftMs = delayMs;
  let fromMs = clock.monoMs();
  let timer: Timer;
  const step = (): void => {
    fromMs = clock.monoMs();
    const stepMs = Math.min(leftMs, lookEveryMs);
    timer = clock.after(stepMs, () => {
      const tookMs = clock.monoMs() - fromMs;
      // A step with a sleep in it counts for nothing; the last one thereby hears what came meanwhile.
      if (stoodStillMs(tookMs, stepMs) > 0) leftMs = Math.max(leftMs, lookEveryMs);
      else leftMs -= tookMs;
      if (leftMs > 0) step();
      else task();
    });
  };
  step();
  return {
    get leftMs() {
      return Math.max(0, leftMs - Math.min(clock.monoMs() - fromMs, lookEveryMs));
    },
    cancel: () => timer.cancel(),
  };
}
