import { describe, expect, it } from 'vitest';
import { bytesText, countText, none, plural, rewardText, shareText, shortCountText } from './numbers.js';

describe('shortCountText', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [2_500, '2.5K'],
    [100_000, '100K'],
  ])('%d is %s', (count, text) => expect(shortCountText(count)).toBe(text));
});

describe('bytesText', () => {
  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [1_023, '1023 B'],
    [1_024, '1 KB'],
    [1_536, '1.5 KB'],
    [1_048_064, '1 MB'],
    [62_000_000, '59.1 MB'],
    [536_870_912, '512 MB'],
    [1_503_238_553, '1.4 GB'],
    [-5, '0 B'],
    [null, none],
    [Number.NaN, none],
  ])('%s is %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));
});

describe('shareText', () => {
  it.each([
    [0, '0 %'],
    [0.004, '0.4 %'],
    [0.0996, '10 %'],
    [0.38, '38 %'],
    [1, '100 %'],
    [null, none],
  ])('%s is %s', (share, text) => expect(shareText(share)).toBe(text));
});

it('writes counts with separators and rewards with two digits', () => {
  expect(countText(1_204)).toBe('1,204');
  expect(countText(null)).toBe(none);
  expect(rewardText(0.7)).toBe('0.70');
  expect(rewardText(null)).toBe(none);
});

it('picks the form of a word by its count', () => {
  expect([plural(0, 'agent'), plural(1, 'agent'), plural(2, 'agent'), plural(2, 'process', 'processes')]).toEqual([
    '0 agents',
    '1 agent',
    '2 agents',
    '2 processes',
  ]);
});
