/** An expression that has no value: says where (0-based offset in the expression) and what is wanted. */
export class ArithmeticError extends Error {
  readonly kind: 'syntax' | 'division-by-zero' | 'domain' | 'range';
  readonly offset: number | undefined;

  constructor(kind: ArithmeticError['kind'], message: string, offset?: number) {
    super(message);
    this.name = 'ArithmeticError';
    this.kind = kind;
    this.offset = offset;
  }
}

export type Token =
  | { readonly type: 'number'; readonly text: string; readonly offset: number }
  | { readonly type: 'word'; readonly text: string; readonly offset: number }
  | { readonly type: 'symbol'; readonly text: string; readonly offset: number }
  | { readonly type: 'end'; readonly text: ''; readonly offset: number };

export const maxExpressionChars = 1_000;

const synonyms: Readonly<Record<string, string>> = {
  '×': '*',
  '·': '*',
  '⋅': '*',
  '÷': '/',
  '−': '-',
  '–': '-',
  '**': '^',
  '[': '(',
  ']': ')',
  '{': '(',
  '}': ')',
  '∛': 'cbrt',
  '√': 'sqrt',
  π: 'pi',
  τ: 'tau',
  '°': 'deg',
};
const symbols = new Set('+-*/%^()!,²³');
/** Words whose name ends in digits; any other word ends where its letters end, so that "2x4" is three tokens. */
const numberedWords = ['log10', 'log2'];

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';
const isLetter = (char: string | undefined): boolean => char !== undefined && ((char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z'));

/** One pass, no backtracking. A comma between digits is a thousands separator only outside of a call's parentheses and before exactly three digits. */
export function tokenize(expression: string): Token[] {
  if (expression.length > maxExpressionChars)
    throw new ArithmeticError('range', `the expression has ${expression.length} characters, at most ${maxExpressionChars} are read`);
  const tokens: Token[] = [];
  const calls: boolean[] = [];
  let at = 0;
  while (at < expression.length) {
    const char = expression[at] as string;
    const start = at;
    if (char === ' ' || char === '\t' || char === '\n' || char === '\r' || char === '\u00a0') {
      at++;
    } else if (isDigit(char) || (char === '.' && isDigit(expression[at + 1]))) {
      at = endOfNumber(expression, at, calls.includes(true));
      tokens.push({ type: 'number', text: expression.slice(start, at).replaceAll(',', '').replaceAll('_', ''), offset: start });
    } else if (isLetter(char)) {
      while (isLetter(expression[at])) at++;
      const numbered = numberedWords.find((word) => expression.slice(start, start + word.length).toLowerCase() === word);
      if (numbered !== undefined && at < start + numbered.length) at = start + numbered.length;
      tokens.push({ type: 'word', text: expression.slice(start, at).toLowerCase(), offset: start });
    } else {
      const pair = synonyms[expression.slice(at, at + 2)];
      const text = pair ?? synonyms[char] ?? char;
      at += pair === undefined ? 1 : 2;
      if (isLetter(text[0])) tokens.push({ type: 'word', text, offset: start });
      else if (!symbols.has(text)) throw new ArithmeticError('syntax', `"${char}" has no meaning in arithmetic`, start);
      else {
        if (text === '(') calls.push(tokens.at(-1)?.type === 'word');
        if (text === ')') calls.pop();
        tokens.push({ type: 'symbol', text, offset: start });
      }
    }
  }
  tokens.push({ type: 'end', text: '', offset: expression.length });
  return tokens;
}

function endOfNumber(text: string, start: number, insideCall: boolean): number {
  let at = start;
  const hexadecimal = /^0x[0-9a-f]{1,64}/i.exec(text.slice(start, start + 66))?.[0];
  if (hexadecimal !== undefined) return start + hexadecimal.length;
  const digits = (): void => {
    while (isDigit(text[at]) || (text[at] === '_' && isDigit(text[at + 1]))) at++;
  };
  digits();
  const groupFollows = (): boolean => text[at] === ',' && isDigit(text[at + 1]) && isDigit(text[at + 2]) && isDigit(text[at + 3]) && !isDigit(text[at + 4]);
  while (!insideCall && groupFollows()) at += 4;
  if (text[at] === '.' && isDigit(text[at + 1])) {
    at++;
    digits();
  } else if (text[at] === '.' && at > start && !isLetter(text[at + 1])) at++;
  const exponent = /^[eE][+-]?\d{1,3}/.exec(text.slice(at, at + 5))?.[0];
  if (exponent !== undefined && !isDigit(text[at + exponent.length])) at += exponent.length;
  return at;
}
