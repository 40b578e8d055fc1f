/** The only place of the screen that touches real time and chance; everything else receives it, so tests own time. */
export interface ScreenClock {
  /** Wall time, ms since the epoch. */
  nowMs(): number;
  /** Runs `task` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

export const browserClock: ScreenClock = {
  nowMs: () => Date.now(),
  after(delayMs, task) {
    const handle = setTimeout(task, delayMs);
    return () => clearTimeout(handle);
  },
  random: () => Math.random(),
};
