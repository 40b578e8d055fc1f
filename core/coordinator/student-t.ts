/** Density, distribution and quantile of Student's t, for any degrees of freedom above 0. */

/** ln Gamma(x), x > 0, Lanczos g = 7 (Numerical Recipes, 3rd ed., 6.1); relative error below 1e-14. */
export function lnGamma(x: number): number {
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
    9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const y = x - 1;
  let sum = c[0] ?? 0;
  for (let i = 1; i < c.length; i++) sum += (c[i] ?? 0) / (y + i);
  const t = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Standard normal distribution function, double precision (Hart 1968 as published by West, "Better approximations to cumulative normal functions", 2005). */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  let tail = 0;
  if (z <= 37) {
    const e = Math.exp((-z * z) / 2);
    if (z < 7.07106781186547) {
      const top =
        ((((((3.52624965998911e-2 * z + 0.700383064443688) * z + 6.37396220353165) * z + 33.912866078383) * z + 112.079291497871) * z + 221.213596169931) * z +
          220.206867912376) *
        e;
      const bottom =
        ((((((8.83883476483184e-2 * z + 1.75566716318264) * z + 16.064177579207) * z + 86.7807322029461) * z + 296.564248779674) * z + 637.333633378831) * z +
          793.826512519948) *
          z +
        440.413735824752;
      tail = top / bottom;
    } else {
      tail = e / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631;
    }
  }
  return x > 0 ? 1 - tail : tail;
}

/** Continued fraction of the incomplete beta function (Numerical Recipes 6.4, Lentz). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let h = d;
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a - 1 + 2 * m) * (a + 2 * m));
    d = 1 + even * d;
    c = 1 + even / c;
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    h *= d * (Math.abs(c) < tiny ? tiny : c);
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 1 + 2 * m));
    d = 1 + odd * d;
    c = 1 + odd / c;
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    c = Math.abs(c) < tiny ? tiny : c;
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return h;
}

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
