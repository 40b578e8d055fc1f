import { type Clock, sleep } from './clock.js';

/** Looks every `everyMs` until the probe holds, the time is up or the signal aborts, and says which. An endless deadline is allowed. */
export async function pollUntil(
  clock: Clock,
  probe: () => boolean,
  options: { readonly deadlineMs: number; readonly everyMs: number; readonly signal: AbortSignal },
): Promise<'done' | 'timeout' | 'aborted'> {
  const end = clock.monoMs() + options.deadlineMs;
  while (!options.signal.aborted) {
    if (probe()) return 'done';
    if (clock.monoMs() >= end) return 'timeout';
    // An abort ends the nap; the loop sees it.
    await sleep(clock, options.everyMs, options.signal).catch(() => undefined);
  }
  return 'aborted';
}
