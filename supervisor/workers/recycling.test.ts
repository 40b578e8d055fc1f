import { expect, it } from 'vitest';
import { recycleReason } from './recycling.js';

const limits = { recycleAfterJobs: 100, memoryBytes: 512 * 1024 ** 2 };
const MB = 1024 ** 2;

it.each([
  [99, 100, 3_600_000, limits, undefined],
  [100, 100, 60_000, limits, 'it ran 100 jobs'],
  [5_000, 900, 59_999, limits, undefined],
  [3, 513, 60_000, limits, 'it uses 513 MB of 512 MB'],
  [1_000_000, 100, 3_600_000, { ...limits, recycleAfterJobs: 0 }, undefined],
])('%i jobs, %i MB, %i ms old: %s', (jobsDone, rssMb, ageMs, rules, why) => {
  expect(recycleReason({ jobsDone, rssBytes: rssMb * MB, ageMs }, rules)).toBe(why);
});
