import { describe, expect, it } from 'vitest';
import { retryDelayMs, retryOptions } from './retry.js';

describe('the delay before a retry', () => {
  it.each<[string | undefined, number, number, number]>([
    ['standard', 1, 0.5, 5_000],
    ['standard', 2, 0.5, 15_000],
    ['standard', 3, 0.5, 30_000],
    ['standard', 9, 0.5, 30_000],
    ['standard', 1, 0, 4_000],
    ['standard', 1, 1, 6_000],
    ['patient', 3, 0.5, 600_000],
    ['none', 1, 0.5, 0],
    ['gone', 2, 0.5, 15_000],
    [undefined, 1, 0.5, 5_000],
  ])('of %s after %i failures with chance %f is %i ms', (preset, failures, chance, delayMs) => {
    expect(retryDelayMs(preset, failures, () => chance)).toBe(delayMs);
  });
});

it('travels with the job by its name', () => {
  expect(retryOptions('standard')).toEqual({ attempts: 3, backoff: { type: 'standard' } });
  expect(retryOptions('none')).toEqual({ attempts: 1 });
  expect(retryOptions('patient', 2)).toEqual({ attempts: 2, backoff: { type: 'patient' } });
});
