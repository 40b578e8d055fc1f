import { describe, expect, it } from 'vitest';
import { none } from './numbers.js';
import { ageText, agoText, durationText } from './time.js';
import { waitingText } from './waiting.js';

describe('durationText', () => {
  it.each([
    [0, '0 ms'],
    [8.4, '8 ms'],
    [999.6, '1 s'],
    [1_400, '1.4 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 m'],
    [125_000, '2 m 5 s'],
    [3_599_800, '1 h'],
    [11_520_000, '3 h 12 m'],
    [352_800_000, '4 d 2 h'],
    [-3, '0 ms'],
    [null, none],
    [Number.POSITIVE_INFINITY, none],
  ])('%s is %s', (ms, text) => expect(durationText(ms)).toBe(text));
});

describe('ageText', () => {
  it.each([
    [0, 'now'],
    [1_499, 'now'],
    [1_500, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 m'],
    [3_599_999, '59 m'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 m'],
    [90_000_000, '1 d 1 h'],
  ])('%s is %s', (ms, text) => expect(ageText(ms)).toBe(text));

  it('never shows a negative age when the clocks of host and screen differ', () => {
    expect(ageText(-60_000)).toBe('now');
    expect(agoText(-60_000)).toBe('now');
    expect(agoText(12_300)).toBe('12 s ago');
  });
});

describe('waitingText', () => {
  it.each([
    [3, 45_000, 'Number 3 in line, about 45 s'],
    [3, null, 'Number 3 in line'],
    [null, 45_000, 'About 45 s'],
    [1, -5, 'Number 1 in line, any moment now'],
    [1, 1_200, 'Number 1 in line, any moment now'],
    [0, null, null],
    [null, null, null],
  ])('position %s, %s ms: %s', (position, remainingMs, text) => expect(waitingText(position, remainingMs)).toBe(text));
});
