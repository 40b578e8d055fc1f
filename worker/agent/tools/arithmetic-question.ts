import { evaluate, hasOperation } from './arithmetic.js';
import { ArithmeticError, maxExpressionChars } from './arithmetic-tokens.js';
import { format } from './rational.js';

/** Several words that stand for one sign, longest first; single words are in `wordSigns`. */
const phrases: readonly (readonly [readonly string[], string])[] = [
  [['to', 'the', 'power', 'of'], '^'],
  [['raised', 'to', 'the', 'power', 'of'], '^'],
  [['raised', 'to'], '^'],
  [['multiplied', 'by'], '*'],
  [['divided', 'by'], '/'],
  [['the', 'square', 'root', 'of'], 'sqrt'],
  [['square', 'root', 'of'], 'sqrt'],
  [['the', 'cube', 'root', 'of'], 'cbrt'],
  [['cube', 'root', 'of'], 'cbrt'],
  [['a', 'half', 'of'], '0.5 *'],
  [['half', 'of'], '0.5 *'],
  [['a', 'third', 'of'], '(1/3) *'],
  [['a', 'quarter', 'of'], '0.25 *'],
  [['per', 'cent'], '%'],
];
const wordSigns: ReadonlyMap<string, string> = new Map([
  ['plus', '+'],
  ['minus', '-'],
  ['times', '*'],
  ['over', '/'],
  ['percent', '%'],
  ['squared', '^2'],
  ['cubed', '^3'],
  ...[
    'zero',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
    'thirteen',
    'fourteen',
    'fifteen',
    'sixteen',
    'seventeen',
    'eighteen',
    'nineteen',
    'twenty',
  ].map((word, value): [string, string] => [word, String(value)]),
  ...['thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety', 'hundred'].map((word, index): [string, string] => [word, String((index + 3) * 10)]),
]);
const listFunctions = new Set(['sum', 'average', 'mean', 'product', 'median', 'min', 'max', 'minimum', 'maximum', 'gcd', 'lcm']);
const leadingWords = new Set(
  "please hey hi hello ok okay so and can could would you tell me what whats what's is are was the calculate compute evaluate solve work out how much many do does get result value answer i need to know give find".split(
    ' ',
  ),
);
const trailingWords = new Set('please thanks thank you for me equals equal to is ='.split(' '));
const askingWords = new Set(['calculate', 'compute', 'evaluate', 'solve', 'is', "what's", 'whats', 'much']);
const maxWords = 200;

export interface Sum {
  readonly expression: string;
  /** "15% of 240 = 36", or the reason why there is no result. */
  readonly text: string;
}

/**
 * Finds the sum in a sentence. `whole` wants the sentence to be nothing but the sum (as in small talk);
 * otherwise a sum after a word that asks for one is enough. Undefined when there is none.
 */
export function answerSum(text: string, options: { readonly whole: boolean }): Sum | undefined {
  if (text.length > maxExpressionChars) return undefined;
  const words = text
    .replace(/[?\s]+/g, ' ')
    .trim()
    .split(' ');
  if (words.length > maxWords) return undefined;
  const bare = stripped(words);
  const sum = trySum(bare, asksOutright(words));
  if (sum !== undefined || options.whole) return sum;
  const asked = words.findIndex((word) => askingWords.has(word.toLowerCase()));
  if (asked < 0) return undefined;
  const rest = stripped(words.slice(asked + 1)).slice(0, 40);
  for (let end = rest.length - 1; end > 0; end--) {
    const found = trySum(
      rest.slice(0, end).map((word, index) => (index === end - 1 ? word.replace(/[.,;:]+$/, '') : word)),
      false,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

const asksOutright = (words: readonly string[]): boolean => /^(calculate|compute|evaluate|solve)$/i.test(words[0] ?? '');

function stripped(words: readonly string[]): string[] {
  let [start, end] = [0, words.length];
  // A "sum of" or "square root of" keeps its words: only fillers go.
  while (start < end && leadingWords.has((words[start] ?? '').toLowerCase().replace(/[,:]$/, ''))) start++;
  while (end > start && trailingWords.has((words[end - 1] ?? '').toLowerCase().replace(/[.,!]$/, ''))) end--;
  const kept = words.slice(start, end);
  const last = kept.length - 1;
  if (last >= 0) kept[last] = (kept[last] ?? '').replace(/[.=,;:]+$/, '');
  return kept.filter((word) => word !== '');
}

function trySum(words: readonly string[], reportSyntax: boolean): Sum | undefined {
  const expression = signs(words);
  if (expression === '' || /^\d{4}-\d{1,2}-\d{1,2}$/.test(expression)) return undefined;
  try {
    if (!hasOperation(expression)) return undefined;
    const { text, exact } = format(evaluate(expression));
    return { expression, text: `${expression} ${exact ? '=' : '≈'} ${text}` };
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error;
    if (error.kind !== 'syntax') return { expression, text: `${expression}: ${error.message}.` };
    const onlyArithmetic = /^[\d\s.,+\-*/^%()!×÷−]+$/.test(expression) && /\d/.test(expression) && /[*/^×÷+]/.test(expression);
    if (!reportSyntax && !onlyArithmetic) return undefined;
    return {
      expression,
      text: `I cannot read "${expression}" as arithmetic: ${error.message}${error.offset === undefined ? '' : ` (position ${error.offset + 1})`}.`,
    };
  }
}

/** The sentence with its words for signs and small numbers replaced; the rest stays as it was written. */
function signs(words: readonly string[]): string {
  const out: string[] = [];
  for (let at = 0; at < words.length; ) {
    const phrase = phrases.find(([parts]) => parts.every((part, index) => words[at + index]?.toLowerCase() === part));
    const word = words[at] ?? '';
    const list = word.toLowerCase() === 'the' ? (words[at + 1]?.toLowerCase() ?? '') : word.toLowerCase();
    const listAt = word.toLowerCase() === 'the' ? at + 1 : at;
    if (phrase !== undefined) {
      out.push(phrase[1]);
      at += phrase[0].length;
    } else if (listFunctions.has(list) && words[listAt + 1]?.toLowerCase() === 'of') {
      out.push(`${list}(${listItems(words.slice(listAt + 2))})`);
      return joined(out);
    } else {
      out.push(wordSigns.get(word.toLowerCase()) ?? word);
      at++;
    }
  }
  return joined(out);
}

/** "3, 4 and 5" as arguments. */
const listItems = (words: readonly string[]): string =>
  words
    .join(' ')
    .replace(/,? and /g, ', ')
    .split(/[,\s]+/)
    .filter((item) => item !== '')
    .map((item) => wordSigns.get(item.toLowerCase()) ?? item)
    .join(', ');

/** "twenty" "five" is 25; signs that follow a number stand close to it. */
function joined(parts: readonly string[]): string {
  const out: string[] = [];
  for (const part of parts) {
    const previous = out.at(-1) ?? '';
    if (/^[1-9]$/.test(part) && /^[2-9]0$/.test(previous)) out[out.length - 1] = previous[0] + part;
    else if (part === '%' || part === '^2' || part === '^3') out[out.length - 1] = previous + part;
    else out.push(part);
  }
  return out.join(' ').replace(/ {2,}/g, ' ').trim();
}
