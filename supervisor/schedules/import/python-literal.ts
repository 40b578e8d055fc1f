import { PythonTokens, type Token } from './python-tokens.js';
import type { PyValue } from './python-value.js';

const maxDepth = 40;

/** Reads one value that begins at `from`; answers with where it ended. Throws `bad-request` with the line of what cannot be read. */
export function readPython(text: string, from: number): { readonly value: PyValue; readonly end: number } {
  const tokens = new PythonTokens(text, from);
  const value = new Reader(tokens).value(0);
  return { value, end: tokens.at };
}

class Reader {
  readonly #tokens: PythonTokens;

  constructor(tokens: PythonTokens) {
    this.#tokens = tokens;
  }

  /** Sums and products of numbers are worked out: `60 * 60` is how people write an hour. */
  value(depth: number): PyValue {
    let left = this.#product(depth);
    for (let mark = this.#tokens.peek(); mark.text === '+' || mark.text === '-'; mark = this.#tokens.peek()) {
      this.#tokens.take();
      left = combined(left, mark.text, this.#product(depth));
    }
    return left;
  }

  #product(depth: number): PyValue {
    let left = this.#unary(depth);
    for (let mark = this.#tokens.peek(); ['*', '/', '//'].includes(mark.text) && mark.type === 'mark'; mark = this.#tokens.peek()) {
      this.#tokens.take();
      left = combined(left, mark.text, this.#unary(depth));
    }
    return left;
  }

  #unary(depth: number): PyValue {
    if (depth > maxDepth) throw this.#tokens.wrong('is nested too deeply');
    const token = this.#tokens.peek();
    if (token.text === '-' && token.type === 'mark') {
      this.#tokens.take();
      const value = this.#unary(depth + 1);
      return typeof value === 'number' ? -value : { kind: 'strange', text: '-…' };
    }
    if (token.type === 'string') return this.#strings();
    this.#tokens.take();
    if (token.type === 'number') return Number(token.text.replaceAll('_', ''));
    if (token.type === 'name') return this.#named(token, depth);
    if (token.text === '{') return this.#braces(depth);
    if (token.text === '[') return this.#list(']', depth);
    if (token.text === '(') return this.#parentheses(depth);
    throw this.#tokens.wrong(`cannot be read at ${JSON.stringify(token.text.slice(0, 20))}`, token.at);
  }

  #strings(): string {
    let whole = '';
    while (this.#tokens.peek().type === 'string') whole += this.#tokens.take().text;
    return whole;
  }

  #named(token: Token, depth: number): PyValue {
    const name = token.text.replace(/\s/g, '');
    if (name === 'True') return true;
    if (name === 'False') return false;
    if (name === 'None') return null;
    if (this.#tokens.peek().text !== '(' || this.#tokens.peek().type !== 'mark') return { kind: 'strange', text: name };
    this.#tokens.take();
    const args: PyValue[] = [];
    const named: Record<string, PyValue> = {};
    while (!this.#ends(')')) {
      const start = this.#tokens.at;
      const key = this.#tokens.peek();
      if (key.type === 'name') {
        this.#tokens.take();
        if (this.#tokens.peek().text === '=') {
          this.#tokens.take();
          named[key.text] = this.value(depth + 1);
          this.#comma(')');
          continue;
        }
        this.#tokens.at = start;
      }
      if (key.text === '*' || key.text === '**') throw this.#tokens.wrong('uses * or **, which is not read', key.at);
      args.push(this.value(depth + 1));
      this.#comma(')');
    }
    if (name === 'dict' && args.length === 0) return { kind: 'dict', entries: Object.entries(named) };
    return { kind: 'call', name, args, named };
  }

  #braces(depth: number): PyValue {
    const entries: [PyValue, PyValue][] = [];
    const items: PyValue[] = [];
    while (!this.#ends('}')) {
      const key = this.value(depth + 1);
      if (this.#tokens.peek().text === ':') {
        this.#tokens.take();
        entries.push([key, this.value(depth + 1)]);
      } else items.push(key);
      this.#comma('}');
    }
    return items.length > 0 ? items : { kind: 'dict', entries };
  }

  #list(close: string, depth: number): PyValue[] {
    const items: PyValue[] = [];
    while (!this.#ends(close)) {
      items.push(this.value(depth + 1));
      this.#comma(close);
    }
    return items;
  }

  /** A tuple, or just a value in parentheses. */
  #parentheses(depth: number): PyValue {
    const items: PyValue[] = [];
    let commas = 0;
    while (!this.#ends(')')) {
      items.push(this.value(depth + 1));
      if (this.#tokens.peek().text === ',') commas++;
      this.#comma(')');
    }
    const [only] = items;
    return items.length === 1 && commas === 0 && only !== undefined ? only : items;
  }

  #ends(close: string): boolean {
    const token = this.#tokens.peek();
    if (token.type === 'end') throw this.#tokens.wrong(`ends before its ${close}`, token.at);
    if (token.type !== 'mark' || token.text !== close) return false;
    this.#tokens.take();
    return true;
  }

  #comma(close: string): void {
    const token = this.#tokens.peek();
    if (token.type === 'mark' && token.text === ',') this.#tokens.take();
    else if (token.text !== close) throw this.#tokens.wrong(`is not a plain value at ${JSON.stringify(token.text.slice(0, 20))}`, token.at);
  }
}

function combined(left: PyValue, mark: string, right: PyValue): PyValue {
  if (typeof left === 'string' && typeof right === 'string' && mark === '+') return left + right;
  if (typeof left !== 'number' || typeof right !== 'number') return { kind: 'strange', text: 'a calculation' };
  if (mark === '+') return left + right;
  if (mark === '-') return left - right;
  return mark === '*' ? left * right : mark === '//' ? Math.floor(left / right) : left / right;
}
