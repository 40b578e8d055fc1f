import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { processorMs } from '../../../core/base/test-times.js';
import { evaluate } from './arithmetic.js';
import { numberOf } from './arithmetic-functions.js';
import { answerSum } from './arithmetic-question.js';
import { ArithmeticError } from './arithmetic-tokens.js';
import { format } from './rational.js';

const result = (expression: string): string => format(evaluate(expression)).text;

describe('an expression', () => {
  test.each([
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['0.1 + 0.2', '0.3'],
    ['10 / 4', '2.5'],
    ['1 / 3', '0.333333333333333'],
    ['1/3 + 1/3 + 1/3', '1'],
    ['2 ^ 10', '1024'],
    ['2 ** 3 ** 2', '512'],
    ['-2 ^ 2', '-4'],
    ['(-2) ^ 2', '4'],
    ['2 ^ -2', '0.25'],
    ['--3', '3'],
    ['2^64', '18446744073709551616'],
    ['12345678901234567890 * 3', '37037036703703703670'],
    ['10 % 3', '1'],
    ['-7 % 3', '2'],
    ['7.5 mod 2', '1.5'],
    ['15% of 240', '36'],
    ['200 + 10%', '220'],
    ['200 - 10%', '180'],
    ['50%', '0.5'],
    ['10% + 10%', '0.2'],
    ['(10 + 5)% of 200', '30'],
    ['200 * 10%', '20'],
    ['1,234,567 + 1', '1234568'],
    ['max(1,234)', '234'],
    ['1_000 * 2', '2000'],
    ['2(3+4)', '14'],
    ['(1+2)(3+4)', '21'],
    ['2pi', '6.28318530717959'],
    ['3 x 4', '12'],
    ['3x4', '12'],
    ['5!', '120'],
    ['3²', '9'],
    ['√16 + 1', '5'],
    ['sqrt(2)', '1.4142135623731'],
    ['sqrt(0.25)', '0.5'],
    ['sqrt 16', '4'],
    ['abs(-3.5)', '3.5'],
    ['round(2.5)', '3'],
    ['round(-2.5)', '-3'],
    ['round(3.14159, 2)', '3.14'],
    ['round(1234, -2)', '1200'],
    ['round(sqrt(2), 3)', '1.414'],
    ['floor(-1.5)', '-2'],
    ['ceil(1.2)', '2'],
    ['min(3, 1, 2)', '1'],
    ['max(3, 1/2)', '3'],
    ['ln(e)', '1'],
    ['log(1000)', '3'],
    ['log(8, 2)', '3'],
    ['log2 8', '3'],
    ['sin(pi)', '0'],
    ['cos(0)', '1'],
    ['sin(30 deg)', '0.5'],
    ['sin 90°', '1'],
    ['gcd(12, 18)', '6'],
    ['lcm(4, 6)', '12'],
    ['average(1, 2, 4.5)', '2.5'],
    ['median(5, 1, 3)', '3'],
    ['1e3 + 1', '1001'],
    ['2.5e-3', '0.0025'],
    ['0xff', '255'],
    ['6 ÷ 4 × 2 − 1', '2'],
    ['[1 + {2}]', '3'],
    ['.5 + 5.', '5.5'],
    ['2^0.5', '1.4142135623731'],
    ['10^50', '1e50'],
    ['200!/199!', '200'],
  ])('%s = %s', (expression, expected) => {
    expect(result(expression)).toBe(expected);
  });

  test.each([
    ['1 / 0', 'division-by-zero'],
    ['1 / (2 - 2)', 'division-by-zero'],
    ['5 % (1-1)', 'division-by-zero'],
    ['0 ^ -1', 'division-by-zero'],
    ['1/ (0.1 + 0.2 - 0.3)', 'division-by-zero'],
    ['sqrt(-1)', 'domain'],
    ['ln(0)', 'domain'],
    ['asin(2)', 'domain'],
    ['(-8) ^ 0.5', 'domain'],
    ['1.5!', 'domain'],
    ['tan(pi/2)', 'domain'],
    ['gcd(1.5, 2)', 'domain'],
    ['round(1, 1e9)', 'domain'],
    ['9^9^9^9', 'range'],
    ['1e999', 'range'],
    ['201!', 'range'],
    ['exp(1000)', 'range'],
    [`${'('.repeat(101)}1${')'.repeat(101)}`, 'range'],
    ['1'.repeat(1_001), 'range'],
    ['', 'syntax'],
    ['1 +', 'syntax'],
    ['* 2', 'syntax'],
    ['(1', 'syntax'],
    ['1)', 'syntax'],
    ['()', 'syntax'],
    ['2 3', 'syntax'],
    ['1 + foo', 'syntax'],
    ['max()', 'syntax'],
    ['sqrt(1, 2)', 'syntax'],
    ['1 @ 2', 'syntax'],
    ['process.exit(1)', 'syntax'],
    ['constructor', 'syntax'],
    ['1e1234', 'syntax'],
  ])('%s has no value: %s', (expression, kind) => {
    expect(() => evaluate(expression)).toThrow(expect.objectContaining({ name: 'ArithmeticError', kind }));
  });
});

type Tree = number | { readonly op: '+' | '-' | '*' | '/' | 'neg' | 'abs'; readonly left: Tree; readonly right: Tree };
const { tree } = fc.letrec<{ tree: Tree; node: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.integer({ min: 0, max: 1_000 }),
    fc.integer({ min: 0, max: 10_000 }).map((n) => n / 100),
    tie('node'),
  ),
  node: fc.record({ op: fc.constantFrom('+', '-', '*', '/', 'neg', 'abs'), left: tie('tree'), right: tie('tree') }) as fc.Arbitrary<Tree>,
}));
const written = (node: Tree): string => {
  if (typeof node === 'number') return String(node);
  if (node.op === 'neg') return `(-${written(node.left)})`;
  return node.op === 'abs' ? `abs(${written(node.left)})` : `(${written(node.left)} ${node.op} ${written(node.right)})`;
};
const apply = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  neg: (a: number) => -a,
  abs: (a: number) => Math.abs(a),
};
/** The value in doubles, and the largest size met on the way: what cancellation may cost. */
const reference = (node: Tree): { readonly value: number; readonly size: number } => {
  if (typeof node === 'number') return { value: node, size: Math.abs(node) };
  const [a, b] = [reference(node.left), reference(node.right)];
  const value = apply[node.op](a.value, b.value);
  return { value, size: Math.max(a.size, b.size, Math.abs(value)) };
};
const divides = (node: Tree): boolean => typeof node !== 'number' && (node.op === '/' || divides(node.left) || divides(node.right));

describe('properties', () => {
  test('agrees with doubles on random sums without division', () => {
    fc.assert(
      fc.property(
        tree.filter((node) => !divides(node)),
        (node) => {
          fc.pre(written(node).length <= 1_000);
          const { value, size } = reference(node);
          expect(Math.abs(numberOf(evaluate(written(node))) - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, size));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('agrees with doubles on quotients of whole numbers', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer({ min: 1, max: 1_000 }), (a, b, c) => {
        expect(numberOf(evaluate(`(${a} + ${b}) / ${c}`))).toBeCloseTo((a + b) / c, 3);
        expect(result(`${a} * ${b}`)).toBe((BigInt(a) * BigInt(b)).toString());
      }),
    );
  });

  test('throws nothing but its own error, whatever it is given', () => {
    const piece = fc.constantFrom(
      '1',
      '2.5',
      '0',
      '(',
      ')',
      '+',
      '-',
      '*',
      '/',
      '^',
      '%',
      '!',
      ',',
      ' ',
      'sqrt',
      'ln',
      'pi',
      'e',
      'of',
      'mod',
      'x',
      'max(',
      '²',
      '.',
      '9e9',
      '√',
      'deg',
      'toString',
      '0x',
      '\u0000',
      '٣',
      '🙂',
    );
    const anything = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          const value = evaluate(text);
          expect(Number.isFinite(numberOf(value))).toBe(true);
          expect(format(value).text).toMatch(/^-?\d/);
        } catch (error) {
          expect(error).toBeInstanceOf(ArithmeticError);
        }
        answerSum(text, { whole: false });
      }),
      { numRuns: 2_000 },
    );
  });

  test('is quick on hostile sums', () => {
    const started = processorMs();
    for (const text of [
      '9^'.repeat(400),
      '9999*'.repeat(199),
      `${'1/7+'.repeat(249)}1`,
      '!'.repeat(999),
      `${'200!*'.repeat(150)}1`,
      `${'-'.repeat(998)}1`,
      '((((((((2'.repeat(90),
      'max('.repeat(200),
    ]) {
      answerSum(text, { whole: false });
      answerSum(`calculate ${text}`, { whole: false });
    }
    expect(processorMs() - started).toBeLessThan(1_500);
  });
});

describe('a sum in words', () => {
  test.each([
    ['What is 15% of 240?', '15% of 240 = 36'],
    ['2+2', '2+2 = 4'],
    ['what is 5 plus 3', '5 + 3 = 8'],
    ['How much is 12 times 4?', '12 * 4 = 48'],
    ['10 divided by 4', '10 / 4 = 2.5'],
    ['what is the square root of 16', 'sqrt 16 = 4'],
    ['2 to the power of 10', '2 ^ 10 = 1024'],
    ['20 percent of 50', '20% of 50 = 10'],
    ['half of 10', '0.5 * 10 = 5'],
    ['the sum of 3, 4 and 5', 'sum(3, 4, 5) = 12'],
    ['what is the average of 1, 2, and 3?', 'average(1, 2, 3) = 2'],
    ['what is 3 squared', '3^2 = 9'],
    ['two plus three', '2 + 3 = 5'],
    ['twenty five times four', '25 * 4 = 100'],
    ['Please calculate 3*(4+5) for me', '3*(4+5) = 27'],
    ['calculate 10/0', '10/0: division by zero has no result.'],
    ['1/3', '1/3 ≈ 0.333333333333333'],
    ['what is 5!', '5! = 120'],
    ['7 * 6 =', '7 * 6 = 42'],
    ['I have a list, please calculate 3*4 and tell me.', '3*4 = 12'],
    ['calculate 2 +', 'I cannot read "2 +" as arithmetic: it ends too early: a number is wanted there (position 4).'],
  ])('%s', (question, answer) => {
    expect(answerSum(question, { whole: false })?.text).toBe(answer);
  });

  test.each([
    'hello',
    'what is Roost',
    '2026-11-22',
    '42',
    'what is 42',
    'pi',
    'I have 3 dogs and 2 cats',
    'what is it',
    '',
    'is there one over there',
    'x'.repeat(5_000),
  ])('no sum: %s', (text) => {
    expect(answerSum(text, { whole: false })).toBeUndefined();
  });

  test('small talk that only mentions a sum is not taken over', () => {
    expect(answerSum('My friend said what is 2+2 and laughed', { whole: true })).toBeUndefined();
    expect(answerSum('what is 2+2?', { whole: true })?.text).toBe('2+2 = 4');
  });
});
