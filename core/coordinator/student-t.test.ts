import { describe, expect, it } from 'vitest';
import { lnGamma, normalCdf } from './special.js';
import { StudentT } from './student-t.js';

describe('Student t', () => {
  it.each([
    [1, 4, 0.813049516849971],
    [2, 5, 0.949030260585071],
    [-2, 5, 0.050969739414929],
    [0, 7, 0.5],
    [12.706204736432095, 1, 0.975],
    [1.697260886593957, 30, 0.95],
    [1.983971518523552, 100, 0.975],
  ])('cdf(%d) with %d degrees of freedom', (t, nu, expected) => {
    expect(new StudentT(nu).cdf(t)).toBeCloseTo(expected, 8);
  });

  it.each([
    [4, 2.7764451051978],
    [10, 2.2281388519649],
    [30, 2.0422724563012],
    [10_000, 1.9602012636],
  ])('the quantile for 0.975 with %d degrees of freedom', (nu, expected) => {
    expect(new StudentT(nu).quantile(0.975)).toBeCloseTo(expected, 6);
    expect(new StudentT(nu).quantile(0.025)).toBeCloseTo(-expected, 6);
  });

  it('has a density that is the slope of its distribution', () => {
    for (const nu of [4, 9, 29, 30, 500]) {
      const t = new StudentT(nu);
      for (const x of [-3, -0.4, 0.1, 1.7]) expect((t.cdf(x + 1e-5) - t.cdf(x - 1e-5)) / 2e-5).toBeCloseTo(t.density(x), 6);
    }
  });

  it('agrees on both sides of the switch to the asymptotic form', () => {
    for (const x of [-4, -1, 0.5, 2, 6]) expect(new StudentT(30).cdf(x)).toBeCloseTo(new StudentT(29.999999).cdf(x), 8);
  });

  it('rests on the right gamma and normal functions', () => {
    expect(lnGamma(5)).toBeCloseTo(Math.log(24), 12);
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 13);
    expect(normalCdf(-8) / 6.22096057427178e-16).toBeCloseTo(1, 6);
  });
});
