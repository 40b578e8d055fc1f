import { betaFraction, lnGamma, normalCdf } from './special.js';

/** Density, distribution and quantile of Student's t, for any degrees of freedom above 0. */

/** One t distribution with its constants computed once: the quadrature asks it hundreds of times. */
export class StudentT {
  readonly nu: number;
  readonly #lnDensity: number;
  readonly #lnBeta: number;

  constructor(nu: number) {
    this.nu = nu;
    const ratio = lnGamma((nu + 1) / 2) - lnGamma(nu / 2);
    this.#lnDensity = ratio - 0.5 * Math.log(nu * Math.PI);
    this.#lnBeta = ratio - lnGamma(0.5);
  }

  density(t: number): number {
    return Math.exp(this.#lnDensity - ((this.nu + 1) / 2) * Math.log1p((t * t) / this.nu));
  }

  cdf(t: number): number {
    const nu = this.nu;
    if (nu >= 30) {
      // Hill, "Algorithm 395: Student's t-distribution", CACM 1970: the normal deviate of the same probability.
      const a = nu - 0.5;
      const b = 48 * a * a;
      const z2 = a * Math.log1p((t * t) / nu);
      const z = Math.sqrt(z2);
      const y = (((((-0.4 * z2 - 3.3) * z2 - 24) * z2 - 85.5) / (0.8 * z2 * z2 + 100 + b) + z2 + 3) / b + 1) * z;
      return normalCdf(t < 0 ? -y : y);
    }
    const x = nu / (nu + t * t);
    const front = Math.exp(this.#lnBeta + (nu / 2) * Math.log(x) + 0.5 * Math.log1p(-x));
    if (x >= 1) return 0.5;
    const a = nu / 2;
    // The fraction converges fast on one side only; the other is its complement.
    const twoTails = x < (a + 1) / (a + 2.5) ? (front * betaFraction(a, 0.5, x)) / a : 1 - 2 * front * betaFraction(0.5, a, 1 - x);
    return t < 0 ? twoTails / 2 : 1 - twoTails / 2;
  }

  /** The t with cdf(t) = p, by bisection: 0 < p < 1. */
  quantile(p: number): number {
    if (p === 0.5) return 0;
    if (p < 0.5) return -this.quantile(1 - p);
    let low = 0;
    let high = 1;
    while (this.cdf(high) < p && high < 1e12) high *= 2;
    for (let i = 0; i < 80; i++) {
      const middle = (low + high) / 2;
      if (this.cdf(middle) < p) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }
}
