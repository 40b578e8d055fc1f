/** A fraction in lowest terms with a positive denominator: decimals such as 0.1 stay what they are. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

/** Numbers wider than this continue as doubles, so that no expression can grow without bound. */
export const maxBits = 2_048;

const bitLength = (value: bigint): number => (value < 0n ? -value : value).toString(16).length * 4;

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** `d` must not be 0. */
export function rational(n: bigint, d = 1n): Rational {
  const divisor = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / divisor, d: d / divisor };
}

export const widthOf = (value: Rational): number => Math.max(bitLength(value.n), bitLength(value.d));
export const isInteger = (value: Rational): boolean => value.d === 1n;
export const isZero = (value: Rational): boolean => value.n === 0n;
export const add = (a: Rational, b: Rational): Rational => rational(a.n * b.d + b.n * a.d, a.d * b.d);
export const subtract = (a: Rational, b: Rational): Rational => rational(a.n * b.d - b.n * a.d, a.d * b.d);
export const multiply = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d);
/** `b` must not be 0. */
export const divide = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n);
export const negate = (a: Rational): Rational => ({ n: -a.n, d: a.d });
export const compare = (a: Rational, b: Rational): number => (a.n * b.d < b.n * a.d ? -1 : a.n * b.d > b.n * a.d ? 1 : 0);

export function floor(a: Rational): Rational {
  const quotient = a.n / a.d;
  return { n: a.n < 0n && a.n % a.d !== 0n ? quotient - 1n : quotient, d: 1n };
}

/** Half away from zero, to `places` decimals. */
export function round(a: Rational, places = 0): Rational {
  const scale = 10n ** BigInt(Math.abs(places));
  const scaled = places >= 0 ? multiply(a, rational(scale)) : rational(a.n, a.d * scale);
  const sign = scaled.n < 0n ? -1n : 1n;
  const half = floor(add({ n: scaled.n * sign, d: scaled.d }, { n: 1n, d: 2n }));
  return places >= 0 ? rational(half.n * sign, scale) : rational(half.n * sign * scale);
}

/** The double next to the fraction, also where numerator and denominator are past the range of doubles. */
export function toNumber(a: Rational): number {
  const excess = Math.max(bitLength(a.n), bitLength(a.d)) - 1_000;
  if (excess <= 0) return Number(a.n) / Number(a.d);
  const shift = Math.max(0, bitLength(a.d) - bitLength(a.n)) + 80;
  const scaled = (a.n << BigInt(shift)) / a.d;
  const drop = Math.max(0, bitLength(scaled) - 200);
  return Number(scaled >> BigInt(drop)) * 2 ** (drop - shift);
}

/** "12", "0.5", "1.5e-3" (digits, at most one dot, optional exponent up to 999); undefined for anything else. */
export function parseDecimal(text: string): Rational | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (match === null || text.length > 1_000) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole.length + fraction.length === 0) return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const power = Number(exponent) - fraction.length;
  return power >= 0 ? rational(digits * 10n ** BigInt(power)) : rational(digits, 10n ** BigInt(-power));
}

const maxPlainDigits = 40;
const maxDecimals = 20;

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text);

/** 15 significant digits, the most a double can promise. */
export function formatNumber(value: number): string {
  const [mantissa = '', exponent] = value.toPrecision(15).split('e');
  const plain = trimZeros(mantissa);
  if (exponent !== undefined) return `${plain}e${exponent.replace('+', '')}`;
  // toPrecision writes small numbers without an exponent down to 1e-7.
  return plain === '-0' ? '0' : plain;
}

/** Digits for a person, and whether they are the whole truth. */
export function format(value: Rational | number): { readonly text: string; readonly exact: boolean } {
  if (typeof value === 'number') {
    const text = formatNumber(value);
    return { text, exact: text.replace(/[^0-9]/g, '').length < 14 };
  }
  const negative = value.n < 0n;
  const whole = (negative ? -value.n : value.n) / value.d;
  if (whole.toString().length > maxPlainDigits) return { text: scientific(value.n / value.d), exact: false };
  const decimals = terminatingDecimals(value.d);
  if (decimals === undefined) return { text: formatNumber(toNumber(value)), exact: false };
  if (decimals === 0) return { text: value.n.toString(), exact: true };
  const digits = ((negative ? -value.n : value.n) * (10n ** BigInt(decimals) / value.d)).toString().padStart(decimals + 1, '0');
  return { text: `${negative ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`, exact: true };
}

function scientific(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString();
  return `${value < 0n ? '-' : ''}${trimZeros(`${digits[0]}.${digits.slice(1, 15)}`)}e${digits.length - 1}`;
}

/** How many decimals write 1/d exactly; undefined when none do, or more than a person wants to read. */
function terminatingDecimals(d: bigint): number | undefined {
  for (let decimals = 0, power = 1n; decimals <= maxDecimals; decimals++, power *= 10n) if (power % d === 0n) return decimals;
  return undefined;
}
