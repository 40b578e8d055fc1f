import { betaFraction, lnBeta } from './special.js';

/** One Beta(a, b) distribution on 0..1 with its constant computed once. */
export class Beta {
  readonly a: number;
  readonly b: number;
  readonly #lnBeta: number;

  constructor(a: number, b: number) {
    this.a = a;
    this.b = b;
    this.#lnBeta = lnBeta(a, b);
  }

  density(x: number): number {
    if (x <= 0 || x >= 1) return 0;
    return Math.exp((this.a - 1) * Math.log(x) + (this.b - 1) * Math.log1p(-x) - this.#lnBeta);
  }

  cdf(x: number): number {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    const { a, b } = this;
    const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - this.#lnBeta);
    // The fraction converges fast on one side of the mean only; the other side is its complement.
    return x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, 1 - x)) / b;
  }

  /** The x with cdf(x) = p, by bisection: 0 < p < 1. */
  quantile(p: number): number {
    let low = 0;
    let high = 1;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (this.cdf(middle) < p) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }
}
