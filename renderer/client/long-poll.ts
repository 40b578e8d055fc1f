import type { ScreenClock } from './clock.js';

export const pollWaitMs = 20_000;
/** The host answers a long poll after `pollWaitMs` at the latest; the rest is for the way. */
export const pollDeadlineMs = pollWaitMs + 10_000;
const retryMs = 1_500;

/** Asks again as soon as an answer came; after a failure it says so and waits a little. Ends when the signal aborts. */
export async function longPoll<T>(options: {
  readonly clock: ScreenClock;
  readonly signal: AbortSignal;
  readonly ask: (signal: AbortSignal) => Promise<T>;
  readonly onAnswer: (answer: T) => void;
  readonly onFailure: (error: unknown) => void;
}): Promise<void> {
  const { clock, signal } = options;
  while (!signal.aborted) {
    try {
      const answer = await options.ask(signal);
      if (signal.aborted) return;
      options.onAnswer(answer);
    } catch (error) {
      if (signal.aborted) return;
      options.onFailure(error);
      await pause(clock, retryMs, signal);
    }
  }
}

function pause(clock: ScreenClock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}
