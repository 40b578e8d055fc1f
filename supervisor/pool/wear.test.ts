import { expect, it } from 'vitest';
import { wear } from './wear.js';

const limits = { afterTurns: 3, after: 60_000, memory: 1024 ** 2 };

it.each([
  ['fresh', { turns: 0, ageMs: 0, rssBytes: null }, null],
  ['just below every limit', { turns: 2, ageMs: 59_999, rssBytes: 1024 ** 2 }, null],
  ['by turns', { turns: 3, ageMs: 0, rssBytes: 0 }, 'it has taken 3 turns'],
  ['by age', { turns: 0, ageMs: 60_000, rssBytes: 0 }, 'it is 1m old'],
  ['by memory', { turns: 0, ageMs: 0, rssBytes: 1024 ** 2 + 1 }, 'it uses more than 1MB'],
  ['by turns first', { turns: 9, ageMs: 90_000, rssBytes: 2 * 1024 ** 2 }, 'it has taken 9 turns'],
] as const)('an agent %s', (_, agent, why) => {
  expect(wear(limits, agent)).toBe(why);
});
