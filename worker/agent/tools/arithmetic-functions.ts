import { ArithmeticError } from './arithmetic-tokens.js';
import {
  add,
  compare,
  divide,
  floor,
  isInteger,
  isZero,
  maxBits,
  multiply,
  negate,
  type Rational,
  rational,
  round,
  subtract,
  toNumber,
  widthOf,
} from './rational.js';

/** Exact while it can be; a double once a root, a logarithm or sheer size makes it so. */
export type Value = Rational | number;

export const numberOf = (value: Value): number => (typeof value === 'number' ? value : toNumber(value));

/** Keeps an exact value while it is small enough; refuses what is no number at all. */
export function checked(value: Value, what: string): Value {
  if (typeof value !== 'number') return widthOf(value) <= maxBits ? value : checked(toNumber(value), what);
  if (Number.isNaN(value)) throw new ArithmeticError('domain', `${what} has no real value`);
  if (!Number.isFinite(value)) throw new ArithmeticError('range', `${what} is too large to work out`);
  return value;
}

const both =
  (what: string, exact: (a: Rational, b: Rational) => Rational, approximate: (a: number, b: number) => number) =>
  (a: Value, b: Value): Value =>
    checked(typeof a === 'number' || typeof b === 'number' ? approximate(numberOf(a), numberOf(b)) : exact(a, b), what);

export const plus = both('the sum', add, (a, b) => a + b);
export const minus = both('the difference', subtract, (a, b) => a - b);
export const times = both('the product', multiply, (a, b) => a * b);

const zero = (value: Value): boolean => (typeof value === 'number' ? value === 0 : isZero(value));

export function over(a: Value, b: Value): Value {
  if (zero(b)) throw new ArithmeticError('division-by-zero', 'division by zero has no result');
  return both('the quotient', divide, (x, y) => x / y)(a, b);
}

/** The remainder with the sign of the divisor, as mathematicians and Python have it. */
export function modulo(a: Value, b: Value): Value {
  if (zero(b)) throw new ArithmeticError('division-by-zero', 'the remainder of a division by zero has no value');
  return both(
    'the remainder',
    (x, y) => subtract(x, multiply(y, floor(divide(x, y)))),
    (x, y) => x - y * Math.floor(x / y),
  )(a, b);
}

export function power(base: Value, exponent: Value): Value {
  if (zero(base) && numberOf(exponent) < 0) throw new ArithmeticError('division-by-zero', '0 to a negative power is a division by zero');
  if (typeof base !== 'number' && typeof exponent !== 'number' && isInteger(exponent)) {
    const size = exponent.n < 0n ? -exponent.n : exponent.n;
    if (size <= BigInt(maxBits) && widthOf(base) * Number(size) <= maxBits * 2) {
      const raised = { n: base.n ** size, d: base.d ** size };
      return checked(exponent.n < 0n ? rational(raised.d, raised.n) : raised, 'the power');
    }
  }
  return checked(numberOf(base) ** numberOf(exponent), 'the power');
}

export const opposite = (value: Value): Value => (typeof value === 'number' ? -value : negate(value));

export function factorial(value: Value): Value {
  if (typeof value === 'number' || !isInteger(value) || value.n < 0n) throw new ArithmeticError('domain', 'a factorial needs a whole number, 0 or more');
  if (value.n > 200n) throw new ArithmeticError('range', 'factorials are worked out up to 200!');
  let product = 1n;
  for (let factor = 2n; factor <= value.n; factor++) product *= factor;
  return { n: product, d: 1n };
}

function squareRoot(value: Value): Value {
  if (numberOf(value) < 0) throw new ArithmeticError('domain', 'the square root of a negative number is not a real number');
  if (typeof value !== 'number') {
    const [n, d] = [wholeRoot(value.n), wholeRoot(value.d)];
    if (n !== undefined && d !== undefined) return { n, d };
  }
  return Math.sqrt(numberOf(value));
}

/** Newton's method on integers; undefined when `value` is no perfect square. */
function wholeRoot(value: bigint): bigint | undefined {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (let next = (root + value / root) / 2n; next < root; next = (root + value / root) / 2n) root = next;
  return root * root === value ? root : undefined;
}

function logarithm(value: Value, apply: (x: number) => number): Value {
  if (numberOf(value) <= 0) throw new ArithmeticError('domain', 'a logarithm needs a number above 0');
  return apply(numberOf(value));
}

/** sin(pi) comes out as 1e-16: the distance of the double to pi, not of the answer to 0. */
const snapped = (x: number): number => (Math.abs(x) < 1e-15 ? 0 : x);

function inside(value: Value, low: number, high: number, name: string): number {
  const x = numberOf(value);
  if (x < low || x > high) throw new ArithmeticError('domain', `${name} needs a number from ${low} to ${high}`);
  return x;
}

function places(value: Value | undefined): number {
  if (value === undefined) return 0;
  const x = numberOf(value);
  if (!Number.isInteger(x) || Math.abs(x) > 50) throw new ArithmeticError('domain', 'the number of decimals must be a whole number from -50 to 50');
  return x;
}

const rounded = (value: Value, decimals: number): Value => (typeof value === 'number' ? numberOf(round(exactOf(value), decimals)) : round(value, decimals));

/** A double is itself a fraction with a power of two below; only rounding needs it that way. */
function exactOf(value: number): Rational {
  const scale = 2 ** 60;
  return Math.abs(value) < 2 ** 53 ? rational(BigInt(Math.trunc(value * scale)), BigInt(scale)) : rational(BigInt(Math.trunc(value)));
}

const less = (a: Value, b: Value): boolean => (typeof a === 'number' || typeof b === 'number' ? numberOf(a) < numberOf(b) : compare(a, b) < 0);
const total = (values: readonly Value[]): Value => values.reduce(plus);
const whole = (value: Value, name: string): bigint => {
  if (typeof value === 'number' || !isInteger(value)) throw new ArithmeticError('domain', `${name} needs whole numbers`);
  return value.n < 0n ? -value.n : value.n;
};
const divisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisor(b, a % b));
const signOf = (value: Value): number => Math.sign(numberOf(value));

type Call = { readonly min: number; readonly max: number; readonly apply: (args: readonly [Value, ...Value[]]) => Value };
const one = (apply: (value: Value) => Value): Call => ({ min: 1, max: 1, apply: ([value]) => apply(value) });
const plain = (apply: (x: number) => number): Call => one((value) => apply(numberOf(value)));
const many = (apply: (values: readonly [Value, ...Value[]]) => Value): Call => ({ min: 1, max: 100, apply });

export const functions: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['sqrt', one(squareRoot)],
  ['cbrt', plain(Math.cbrt)],
  ['abs', one((value) => (signOf(value) < 0 ? opposite(value) : value))],
  ['sign', one((value) => rational(BigInt(signOf(value))))],
  ['round', { min: 1, max: 2, apply: ([value, decimals]) => rounded(value, places(decimals)) }],
  ['floor', one((value) => (typeof value === 'number' ? Math.floor(value) : floor(value)))],
  ['ceil', one((value) => (typeof value === 'number' ? Math.ceil(value) : negate(floor(negate(value)))))],
  ['trunc', one((value) => (typeof value === 'number' ? Math.trunc(value) : rational(value.n / value.d)))],
  ['min', many((values) => values.reduce((a, b) => (less(b, a) ? b : a)))],
  ['max', many((values) => values.reduce((a, b) => (less(a, b) ? b : a)))],
  ['sum', many(total)],
  ['product', many((values) => values.reduce(times))],
  ['average', many((values) => over(total(values), rational(BigInt(values.length))))],
  ['median', many((values) => medianOf(values))],
  ['gcd', many((values) => rational(values.map((value) => whole(value, 'gcd')).reduce(divisor)))],
  ['lcm', many((values) => rational(values.map((value) => whole(value, 'lcm')).reduce((a, b) => (a === 0n || b === 0n ? 0n : (a / divisor(a, b)) * b))))],
  ['factorial', one(factorial)],
  ['exp', plain(Math.exp)],
  ['ln', one((value) => logarithm(value, Math.log))],
  [
    'log',
    {
      min: 1,
      max: 2,
      apply: ([value, base]) => (base === undefined ? logarithm(value, Math.log10) : over(logarithm(value, Math.log), logarithm(base, Math.log))),
    },
  ],
  ['log2', one((value) => logarithm(value, Math.log2))],
  ['log10', one((value) => logarithm(value, Math.log10))],
  ['sin', plain((x) => snapped(Math.sin(x)))],
  ['cos', plain((x) => snapped(Math.cos(x)))],
  ['tan', plain(tangent)],
  ['asin', one((value) => Math.asin(inside(value, -1, 1, 'asin')))],
  ['acos', one((value) => Math.acos(inside(value, -1, 1, 'acos')))],
  ['atan', plain(Math.atan)],
  ['sinh', plain(Math.sinh)],
  ['cosh', plain(Math.cosh)],
  ['tanh', plain(Math.tanh)],
  ['hypot', many((values) => Math.hypot(...values.map(numberOf)))],
]);

function medianOf(values: readonly [Value, ...Value[]]): Value {
  const sorted = [...values].sort((a, b) => (less(a, b) ? -1 : less(b, a) ? 1 : 0));
  const upper = sorted[Math.floor(sorted.length / 2)] as Value;
  return sorted.length % 2 === 1 ? upper : over(plus(upper, sorted[sorted.length / 2 - 1] as Value), rational(2n));
}

function tangent(x: number): number {
  if (snapped(Math.cos(x)) === 0) throw new ArithmeticError('domain', 'tan has no value there');
  return snapped(Math.tan(x));
}

/** Other names people use for the same thing. */
export const functionSynonyms: ReadonlyMap<string, string> = new Map([
  ['mean', 'average'],
  ['avg', 'average'],
  ['ceiling', 'ceil'],
  ['lg', 'log10'],
  ['fact', 'factorial'],
  ['arcsin', 'asin'],
  ['arccos', 'acos'],
  ['arctan', 'atan'],
  ['minimum', 'min'],
  ['maximum', 'max'],
]);

export const constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
  ['phi', (1 + Math.sqrt(5)) / 2],
]);
