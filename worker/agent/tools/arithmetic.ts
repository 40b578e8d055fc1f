import {
  checked,
  constants,
  factorial,
  functionSynonyms,
  functions,
  minus,
  modulo,
  opposite,
  over,
  plus,
  power,
  times,
  type Value,
} from './arithmetic-functions.js';
import { ArithmeticError, type Token, tokenize } from './arithmetic-tokens.js';
import { parseDecimal, rational } from './rational.js';

const maxDepth = 100;
const hundredth = rational(1n, 100n);

/** A value that was written as a bare percentage behaves in `200 + 10%` as people mean it: a tenth of the 200. */
interface Operand {
  readonly value: Value;
  readonly percent: boolean;
}

/**
 * Works out one expression; throws only ArithmeticError. Precedence, tightest first: postfix ! % ² ³,
 * then ^ (right to left, above a leading minus), then the sign, then * / % mod "of" and juxtaposition, then + -.
 */
export function evaluate(expression: string): Value {
  return new Evaluation(tokenize(expression)).run();
}

/** True when the expression does something: a bare number, word or percentage is no sum to work out. */
export function hasOperation(expression: string): boolean {
  const tokens = tokenize(expression);
  const operand = tokens.some((token) => token.type === 'number' || constants.has(token.text));
  const acts = tokens.some(
    (token, index) =>
      isFunction(token) ||
      ['mod', 'of', 'x'].includes(token.text) ||
      (token.type === 'symbol' && /[*/^!²³]/.test(token.text)) ||
      (index > 0 && /^[+-]$/.test(token.text)) ||
      (token.text === '%' && tokens[index + 1]?.type === 'number') ||
      (token.text === '(' && index > 0 && tokens[index - 1]?.type === 'number'),
  );
  return operand && acts;
}

const functionName = (token: Token): string => functionSynonyms.get(token.text) ?? token.text;
const isFunction = (token: Token): boolean => token.type === 'word' && functions.has(functionName(token));

class Evaluation {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): Value {
    if (this.#ended()) throw new ArithmeticError('syntax', 'there is nothing to work out', 0);
    const value = this.#sum();
    if (!this.#ended()) throw this.#unexpected('the end');
    return checked(value, 'the result');
  }

  #sum(): Value {
    if (++this.#depth > maxDepth) throw new ArithmeticError('range', `parentheses are read ${maxDepth} deep at most`, this.#next.offset);
    let left = this.#product();
    for (;;) {
      const apply = this.#take('+') ? plus : this.#take('-') ? minus : undefined;
      if (apply === undefined) break;
      const right = this.#product();
      left = {
        value: apply(left.value, right.percent && !left.percent ? times(left.value, right.value) : right.value),
        percent: left.percent && right.percent,
      };
    }
    this.#depth--;
    return left.value;
  }

  #product(): Operand {
    let left = this.#signed();
    for (;;) {
      const apply = this.#productOperator();
      if (apply === undefined) return left;
      left = { value: apply(left.value, this.#signed().value), percent: false };
    }
  }

  #productOperator(): ((a: Value, b: Value) => Value) | undefined {
    if (this.#take('*') || this.#take('of')) return times;
    if (this.#take('/')) return over;
    if (this.#take('%') || this.#take('mod') || this.#take('modulo')) return modulo;
    if (this.#next.text === 'x' && this.#startsOperand(this.#tokens[this.#at + 1])) {
      this.#at++;
      return times;
    }
    // 2(3 + 4), 2pi, (1 + 2)(3 + 4); two numbers side by side are a slip, not a product.
    return this.#next.type !== 'number' && this.#startsOperand(this.#next) ? times : undefined;
  }

  #startsOperand(token: Token | undefined): boolean {
    return token !== undefined && (token.type === 'number' || token.text === '(' || constants.has(token.text) || isFunction(token));
  }

  #signed(): Operand {
    let negative = false;
    for (;;) {
      if (this.#take('-')) negative = !negative;
      else if (!this.#take('+')) break;
    }
    const operand = this.#powered();
    return negative ? { ...operand, value: opposite(operand.value) } : operand;
  }

  #powered(): Operand {
    const base = this.#postfixed();
    if (!this.#take('^')) return base;
    if (++this.#depth > maxDepth) throw new ArithmeticError('range', `powers are read ${maxDepth} deep at most`, this.#next.offset);
    const exponent = this.#signed();
    this.#depth--;
    return { value: power(base.value, exponent.value), percent: false };
  }

  #postfixed(): Operand {
    let operand: Operand = { value: this.#primary(), percent: false };
    for (;;) {
      if (this.#take('!')) operand = { value: factorial(operand.value), percent: false };
      else if (this.#take('²')) operand = { value: power(operand.value, rational(2n)), percent: false };
      else if (this.#take('³')) operand = { value: power(operand.value, rational(3n)), percent: false };
      else if (this.#take('deg')) operand = { value: times(operand.value, Math.PI / 180), percent: false };
      // "10 % 3" is a remainder; "10%" with nothing to divide by after it is a percentage.
      else if (this.#next.text === '%' && !this.#startsOperand(this.#tokens[this.#at + 1]) && this.#take('%'))
        operand = { value: times(operand.value, hundredth), percent: true };
      else return operand;
    }
  }

  #primary(): Value {
    const token = this.#next;
    if (token.type === 'number') {
      this.#at++;
      const value = token.text.startsWith('0x') || token.text.startsWith('0X') ? rational(BigInt(token.text)) : parseDecimal(token.text);
      if (value === undefined) throw new ArithmeticError('syntax', `"${token.text}" is not a number`, token.offset);
      return checked(value, 'the number');
    }
    if (this.#take('(')) {
      const value = this.#sum();
      this.#expect(')');
      return value;
    }
    const constant = constants.get(token.text);
    if (constant !== undefined) {
      this.#at++;
      return constant;
    }
    if (isFunction(token)) return this.#call(token);
    throw this.#unexpected('a number');
  }

  #call(token: Token): Value {
    this.#at++;
    this.#take('of');
    const call = functions.get(functionName(token));
    if (call === undefined) throw this.#unexpected('a function');
    const args: Value[] = [];
    if (this.#take('(')) {
      do args.push(this.#sum());
      while (this.#take(','));
      this.#expect(')');
    } else {
      if (++this.#depth > maxDepth) throw new ArithmeticError('range', `functions are read ${maxDepth} deep at most`, token.offset);
      args.push(this.#powered().value);
      this.#depth--;
    }
    const [first, ...rest] = args;
    if (first === undefined || args.length < call.min || args.length > call.max) {
      throw new ArithmeticError(
        'syntax',
        `${token.text} takes ${call.min === call.max ? call.min : `${call.min} to ${call.max}`} number${call.max === 1 ? '' : 's'}, got ${args.length}`,
        token.offset,
      );
    }
    return checked(call.apply([first, ...rest]), token.text);
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '', offset: 0 };
  }

  #ended(): boolean {
    return this.#next.type === 'end';
  }

  #take(text: string): boolean {
    if (this.#next.type === 'end' || this.#next.type === 'number' || this.#next.text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(`"${text}"`);
  }

  #unexpected(wanted: string): ArithmeticError {
    const { type, text, offset } = this.#next;
    return new ArithmeticError('syntax', `${type === 'end' ? 'it ends too early' : `"${text}" is unexpected`}: ${wanted} is wanted there`, offset);
  }
}
