import { expect, it } from 'vitest';
import { lookEveryMs, usageEveryMs } from './pace.js';

it.each([
  [{ watched: false, busy: false }, 5_000],
  [{ watched: true, busy: false }, 1_000],
  [{ watched: false, busy: true }, 1_000],
])('looks at everything for %j every %d ms', (need, ms) => {
  expect(lookEveryMs(need)).toBe(ms);
});

it.each([
  [{ watched: false, limited: false }, 15_000],
  [{ watched: true, limited: false }, 5_000],
  // A limit of memory is kept by a measurement every five seconds, watched or not.
  [{ watched: false, limited: true }, 5_000],
])('measures for %j every %d ms', (need, ms) => {
  expect(usageEveryMs(need)).toBe(ms);
});
