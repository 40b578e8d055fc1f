import { RoostError } from '../../../contract/errors.js';

export interface Token {
  readonly type: 'string' | 'number' | 'name' | 'mark' | 'end';
  readonly text: string;
  readonly at: number;
}

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

/** The words, numbers, strings and marks of a Python text one after the other; blanks and comments are passed over. */
export class PythonTokens {
  readonly #text: string;
  at: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.at = from;
  }

  /** The next one, which stays where it is. */
  peek(): Token {
    const at = this.at;
    const token = this.take();
    this.at = at;
    return token;
  }

  take(): Token {
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
    if (/f/i.test(prefix)) throw this.wrong('holds an f-string, whose value is not known before it runs', at);
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
        if (!(code <= 0x10ffff)) throw this.wrong('holds a bad escape', index);
        whole += String.fromCodePoint(code);
        index += size;
      } else whole += escapes[next] ?? char + next;
    }
    throw this.wrong('holds a string without an end', at);
  }

  /** For whoever wrote the text: what cannot be read, and in which line. */
  wrong(why: string, at = this.at): RoostError {
    const line = this.#text.slice(0, at).split('\n').length;
    return new RoostError('bad-request', `text ${why} (line ${line})`, { field: 'text' });
  }
}
