import { expect, it } from 'vitest';
import { ManualClock } from './manual-clock.js';
import { pollUntil } from './poll.js';

it.each([
  ['done', 30, 100, undefined],
  ['timeout', 500, 100, undefined],
  ['aborted', 500, 100, 20],
  ['done', 900, Number.POSITIVE_INFINITY, undefined],
] as const)('says %s', async (expected, trueAtMs, deadlineMs, abortAtMs) => {
  const clock = new ManualClock();
  const abort = new AbortController();
  if (abortAtMs !== undefined) clock.after(abortAtMs, () => abort.abort());
  const outcome = pollUntil(clock, () => clock.monoMs() >= trueAtMs, { deadlineMs, everyMs: 10, signal: abort.signal });
  await clock.advance(1_000);
  expect(await outcome).toBe(expected);
  expect(clock.pendingTimers).toBe(0);
});
