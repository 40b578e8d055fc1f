import { describe, expect, it } from 'vitest';
import { limitText, rateDraft, rateLimitText, retryText, slotsText } from './workers.js';

describe('slotsText', () => {
  it('tells what is busy', () => expect(slotsText({ queue: 'a', slots: 6, configured: 6, busy: 2 })).toBe('2 of 6'));
  it('names the config where another number holds', () => expect(slotsText({ queue: 'a', slots: 6, configured: 2, busy: 0 })).toBe('0 of 6 (config 2)'));
});

describe('limitText', () => {
  it('says where a fresh process takes over', () => expect(limitText(1_000, String)).toBe('of 1000'));
  it.each([0, null])('says nothing for %s', (limit) => expect(limitText(limit, String)).toBe(''));
});

describe('retryText', () => {
  it.each([
    ['none', 'one try'],
    ['standard', '3 tries, after 5 s and 15 s'],
    ['patient', '6 tries, after 30 s, 2 m and 10 m'],
  ] as const)('%s is %s', (preset, text) => expect(retryText(preset)).toBe(text));
});

it('rates read well, and the draft of one is read back as the same', () => {
  expect(rateLimitText({ max: 1, everyMs: 60_000 })).toBe('1 job every 1 m');
  expect(rateDraft({ max: 10, everyMs: 90_000 })).toEqual({ max: '10', every: '90s' });
  expect(rateDraft(undefined)).toEqual({ max: '10', every: '1s' });
});
