import { RoostError } from '../../../contract/errors.js';

/** What the literal subset of Python can say; a call keeps its name, anything else its text. Nothing is ever run. */
export type PyValue =
  | null
  | boolean
  | number
  | string
  | readonly PyValue[]
  | PyDict
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly PyValue[]; readonly named: Readonly<Record<string, PyValue>> }
  | { readonly kind: 'strange'; readonly text: string };
export interface PyDict {
  readonly kind: 'dict';
  readonly entries: readonly (readonly [PyValue, PyValue])[];
}
export type PyCall = Extract<PyValue, { kind: 'call' }>;

interface Token {
  readonly type: 'string' | 'number' | 'name' | 'mark' | 'end';
  readonly text: string;
  readonly at: number;
}

const maxDepth = 40;
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
  '0': '\0',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
};
const numberPattern = /(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y;
const namePattern = /[A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*/y;
const stringStart = /([rRbBuUfF]{0,2})('''|"""|'|")/y;

/** Reads one value that begins at `from`; answers with where it ended. Throws `bad-request` with the line of what cannot be read. */
export function readPython(text: string, from: number): { readonly value: PyValue; readonly end: number } {
  const reader = new Reader(text, from);
  const value = reader.value(0);
  return { value, end: reader.at };
}

class Reader {
  readonly #text: string;
  at: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.at = from;
  }

  /** Sums and products of numbers are worked out: `60 * 60` is how people write an hour. */
  value(depth: number): PyValue {
    let left = this.#product(depth);
    for (let mark = this.#peek(); mark.text === '+' || mark.text === '-'; mark = this.#peek()) {
      this.#take();
      left = combined(left, mark.text, this.#product(depth));
    }
    return left;
  }

  #product(depth: number): PyValue {
    let left = this.#unary(depth);
    for (let mark = this.#peek(); ['*', '/', '//'].includes(mark.text) && mark.type === 'mark'; mark = this.#peek()) {
      this.#take();
      left = combined(left, mark.text, this.#unary(depth));
    }
    return left;
  }

  #unary(depth: number): PyValue {
    if (depth > maxDepth) throw this.#wrong('is nested too deeply');
    const token = this.#peek();
    if (token.text === '-' && token.type === 'mark') {
      this.#take();
      const value = this.#unary(depth + 1);
      return typeof value === 'number' ? -value : { kind: 'strange', text: '-…' };
    }
    if (token.type === 'string') return this.#strings();
    this.#take();
    if (token.type === 'number') return Number(token.text.replaceAll('_', ''));
    if (token.type === 'name') return this.#named(token, depth);
    if (token.text === '{') return this.#braces(depth);
    if (token.text === '[') return this.#list(']', depth);
    if (token.text === '(') return this.#parentheses(depth);
    throw this.#wrong(`cannot be read at ${JSON.stringify(token.text.slice(0, 20))}`, token.at);
  }

  #strings(): string {
    let whole = '';
    while (this.#peek().type === 'string') whole += this.#take().text;
    return whole;
  }

  #named(token: Token, depth: number): PyValue {
    const name = token.text.replace(/\s/g, '');
    if (name === 'True') return true;
    if (name === 'False') return false;
    if (name === 'None') return null;
    if (this.#peek().text !== '(' || this.#peek().type !== 'mark') return { kind: 'strange', text: name };
    this.#take();
    const args: PyValue[] = [];
    const named: Record<string, PyValue> = {};
    while (!this.#ends(')')) {
      const start = this.at;
      const key = this.#peek();
      if (key.type === 'name') {
        this.#take();
        if (this.#peek().text === '=') {
          this.#take();
          named[key.text] = this.value(depth + 1);
          this.#comma(')');
          continue;
        }
        this.at = start;
      }
      if (key.text === '*' || key.text === '**') throw this.#wrong('uses * or **, which is not read', key.at);
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
      if (this.#peek().text === ':') {
        this.#take();
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
      if (this.#peek().text === ',') commas++;
      this.#comma(')');
    }
    const [only] = items;
    return items.length === 1 && commas === 0 && only !== undefined ? only : items;
  }

  #ends(close: string): boolean {
    const token = this.#peek();
    if (token.type === 'end') throw this.#wrong(`ends before its ${close}`, token.at);
    if (token.type !== 'mark' || token.text !== close) return false;
    this.#take();
    return true;
  }

  #comma(close: string): void {
    const token = this.#peek();
    if (token.type === 'mark' && token.text === ',') this.#take();
    else if (token.text !== close) throw this.#wrong(`is not a plain value at ${JSON.stringify(token.text.slice(0, 20))}`, token.at);
  }

  #peek(): Token {
    const at = this.at;
    const token = this.#take();
    this.at = at;
    return token;
  }

  #take(): Token {
    const text = this.#text;
    for (;;) {
      const space = /(?:\s|\\\r?\n|#[^\n]*)+/y;
      space.lastIndex = this.at;
      if (!space.test(text)) break;
      this.at = space.lastIndex;
    }
    const at = this.at;
    if (at >= text.length) return { type: 'end', text: '', at };
    stringStart.lastIndex = at;
    const opened = stringStart.exec(text);
    if (opened !== null) return this.#string(at, opened[1] ?? '', opened[2] ?? "'", stringStart.lastIndex);
    for (const [type, pattern] of [
      ['name', namePattern],
      ['number', numberPattern],
    ] as const) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found !== null && found[0] !== '') {
        this.at = pattern.lastIndex;
        return { type, text: found[0], at };
      }
    }
    const mark = ['//', '**'].find((two) => text.startsWith(two, at)) ?? text[at] ?? '';
    this.at = at + mark.length;
    return { type: 'mark', text: mark, at };
  }

  #string(at: number, prefix: string, quote: string, from: number): Token {
    if (/f/i.test(prefix)) throw this.#wrong('holds an f-string, whose value is not known before it runs', at);
    const raw = /r/i.test(prefix);
    let whole = '';
    for (let index = from; index < this.#text.length; index++) {
      if (this.#text.startsWith(quote, index)) {
        this.at = index + quote.length;
        return { type: 'string', text: whole, at };
      }
      const char = this.#text[index] ?? '';
      if (char === '\n' && quote.length === 1) break;
      if (char !== '\\') {
        whole += char;
        continue;
      }
      const next = this.#text[++index] ?? '';
      if (raw) whole += char + next;
      else if (next === 'x' || next === 'u' || next === 'U') {
        const size = next === 'x' ? 2 : next === 'u' ? 4 : 8;
        const code = Number.parseInt(this.#text.slice(index + 1, index + 1 + size), 16);
        if (!(code <= 0x10ffff)) throw this.#wrong('holds a bad escape', index);
        whole += String.fromCodePoint(code);
        index += size;
      } else whole += escapes[next] ?? char + next;
    }
    throw this.#wrong('holds a string without an end', at);
  }

  #wrong(why: string, at = this.at): RoostError {
    const line = this.#text.slice(0, at).split('\n').length;
    return new RoostError('bad-request', `text ${why} (line ${line})`, { field: 'text' });
  }
}

function combined(left: PyValue, mark: string, right: PyValue): PyValue {
  if (typeof left === 'string' && typeof right === 'string' && mark === '+') return left + right;
  if (typeof left !== 'number' || typeof right !== 'number') return { kind: 'strange', text: 'a calculation' };
  if (mark === '+') return left + right;
  if (mark === '-') return left - right;
  return mark === '*' ? left * right : mark === '//' ? Math.floor(left / right) : left / right;
}

export const isDict = (value: PyValue | undefined): value is PyDict => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'dict';
export const isCall = (value: PyValue | undefined): value is PyCall => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'call';

/** As JSON would say it; undefined when it holds something that only a running program knows. */
export function plainOf(value: PyValue): unknown {
  if (value === null || typeof value !== 'object') return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
  if (Array.isArray(value)) {
    const items = value.map((item: PyValue) => plainOf(item));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isDict(value as PyValue)) return undefined;
  const entries = (value as PyDict).entries.map(
    ([key, inner]) => [typeof key === 'string' || typeof key === 'number' ? String(key) : undefined, plainOf(inner)] as const,
  );
  return entries.some(([key, inner]) => key === undefined || key === '__proto__' || inner === undefined)
    ? undefined
    : Object.fromEntries(entries as [string, unknown][]);
}

/** JSON in the same shape, so that one reader serves both. */
export function fromJson(value: unknown): PyValue {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === 'object' && value !== null) return { kind: 'dict', entries: Object.entries(value).map(([key, inner]) => [key, fromJson(inner)]) };
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

export const textOf = (value: PyValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
export const entryOf = (dict: PyDict, key: string): PyValue | undefined => dict.entries.find(([name]) => name === key)?.[1];
