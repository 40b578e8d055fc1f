import { add, divide, format, multiply, parseDecimal, type Rational, rational, subtract } from './rational.js';
import { type Unit, unitsNamed } from './unit-table.js';

const maxChars = 200;
const one = rational(1n);
const zero = rational(0n);
const separators = new Set(['to', 'into', 'in', 'as', '=']);

/** "1609.344" or "5/9". The table is ours, so anything else is a slip in it. */
function constant(text: string): Rational {
  const [numerator, denominator = '1'] = text.split('/');
  const [n, d] = [parseDecimal(numerator ?? ''), parseDecimal(denominator)];
  if (n === undefined || d === undefined) throw new Error(`unit table: ${text} is no number`);
  return divide(n, d);
}

/** Both units must measure the same thing. */
export function convert(value: Rational, from: Unit, to: Unit): Rational {
  const base = add(multiply(value, constant(from.factor)), from.offset === undefined ? zero : constant(from.offset));
  return divide(subtract(base, to.offset === undefined ? zero : constant(to.offset)), constant(to.factor));
}

interface Quantity {
  readonly value: Rational;
  readonly unit: Unit;
  /** As it was written, with the unit's own sign: "5 ft 11 in". */
  readonly text: string;
}

/**
 * "convert 5 miles to km", "72 f in c", "5 ft 11 in to cm", "how many feet are in a mile".
 * Undefined when it is no question about units; a sentence that says why when the units do not fit.
 */
export function answerConversion(text: string): string | undefined {
  if (text.length > maxChars) return undefined;
  const clean = text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[?.!\s]+$/, '');
  return howMany(clean) ?? plain(clean);
}

function howMany(clean: string): string | undefined {
  const match =
    /^(?:so )?how (?:many|much) (.{1,60}?) (?:are there in|is there in|there are in|are in|is in|does it take to make|make up|makes?|in) (.{1,80})$/i.exec(
      clean,
    );
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return best(match[2], match[1], false);
}

function plain(clean: string): string | undefined {
  const asked = /^(?:please )?(?:can you |could you )?(?:convert|change|express)\b/i.test(clean);
  const body = clean
    .replace(
      /^(?:please )?(?:can you |could you )?(?:convert |change |express |what is |what's |whats |how much is |how long is |how far is |how hot is |how cold is |how heavy is |how fast is |how big is )/i,
      '',
    )
    .replace(/ please$/i, '');
  // "in" is a unit as well as a word: the last place that makes sense on both sides wins.
  const words = body.split(' ');
  for (let at = words.length - 2; at > 0; at--) {
    if (!separators.has((words[at] ?? '').toLowerCase())) continue;
    const right = words.slice(at + 1).join(' ');
    const answer =
      best(words.slice(0, at).join(' '), right, asked) ?? (words[at - 1] === 'in' ? best(words.slice(0, at - 1).join(' '), right, asked) : undefined);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function best(left: string, right: string, asked: boolean): string | undefined {
  const target = right.trim().replace(/^(?:the |an? )/i, '');
  const to = unitsNamed(target);
  const from = quantities(left);
  for (const quantity of from) {
    const unit = to.find((candidate) => candidate.dimension === quantity.unit.dimension);
    if (unit !== undefined) return sentence(quantity, unit);
  }
  const [quantity, unit] = [from[0], to[0]];
  if (quantity !== undefined && unit !== undefined)
    return `${quantity.unit.symbol} measures ${quantity.unit.dimension} and ${unit.symbol} measures ${unit.dimension}: one cannot be converted into the other.`;
  if (asked && quantity !== undefined) return `I do not know the unit "${target.slice(0, 40)}".`;
  return undefined;
}

function sentence(quantity: Quantity, unit: Unit): string {
  const absolute = quantity.unit.dimension === 'temperature' && convert(quantity.value, quantity.unit, kelvin).n < 0n;
  if (absolute) return `${quantity.text} is below absolute zero (0 K = -273.15 °C = -459.67 °F): no such temperature exists.`;
  const { text, exact } = rounded(convert(quantity.value, quantity.unit, unit));
  return `${quantity.text} ${exact ? '=' : '≈'} ${text} ${unit.symbol}`;
}

const kelvin: Unit = { dimension: 'temperature', symbol: 'K', factor: '1' };

/** The whole truth where it is short, else ten significant digits. */
function rounded(value: Rational): { readonly text: string; readonly exact: boolean } {
  const full = format(value);
  if (full.exact && full.text.length <= 18) return full;
  const digits = Number(full.text).toPrecision(10);
  return { text: digits.includes('e') ? String(Number(digits)) : digits.includes('.') ? digits.replace(/0+$/, '').replace(/\.$/, '') : digits, exact: false };
}

/** Every reading of "5 ft 11 in", "a mile", "1/2 cup": a number and a unit, more of the same kind added up. */
function quantities(text: string): Quantity[] {
  const parts = split(text.trim());
  const [first, ...rest] = parts;
  if (first === undefined) return [];
  const found: Quantity[] = [];
  for (const unit of unitsNamed(first.unit)) {
    let sum = first.value;
    let words = `${first.number} ${unit.symbol}`;
    const fits = rest.every((part) => {
      const other = unitsNamed(part.unit).find((candidate) => candidate.dimension === unit.dimension);
      if (other === undefined || other.dimension === 'temperature') return false;
      sum = add(sum, convert(part.value, other, unit));
      words += ` ${part.number} ${other.symbol}`;
      return true;
    });
    if (fits) found.push({ value: sum, unit, text: words });
  }
  return found;
}

interface Part {
  readonly number: string;
  readonly value: Rational;
  readonly unit: string;
}

/** "72f" or "5 ft": a word that starts with a digit begins a part, the words after it are its unit. */
function split(text: string): Part[] {
  const worded = text
    .replace(/^(?:an?|one) (?=\S)/i, '1 ')
    .replace(/^half (?:an? )?/i, '1/2 ')
    .replace(/^the /i, '')
    .replace(/(['′"″])(?=\d)/g, '$1 ');
  const parts: Part[] = [];
  for (const word of worded.split(' ')) {
    const number = /^([-−+]?\d[\d,_]*(?:\.\d*)?(?:e[-+]?\d{1,2}(?!\d))?|[-−+]?\.\d+)(?:\/(\d{1,15}))?/i.exec(word);
    const last = parts.at(-1);
    if (number === null) {
      if (last === undefined) return [];
      if (word === 'and' || word === ',') continue;
      parts[parts.length - 1] = { ...last, unit: `${last.unit} ${word}`.trim() };
      continue;
    }
    const value = parseDecimal((number[1] ?? '').replace(/[,_]/g, '').replace('−', '-'));
    const divisor = number[2] === undefined ? one : parseDecimal(number[2]);
    if (value === undefined || divisor === undefined || divisor.n === 0n) return [];
    const part = { number: number[0], value: divide(value, divisor), unit: word.slice(number[0].length).replace(/,$/, '') };
    // "1 1/2 cups": a whole number joins the fraction after it.
    if (last !== undefined && last.unit === '' && number[2] !== undefined && !last.number.includes('/'))
      parts[parts.length - 1] = { number: `${last.number} ${part.number}`, value: add(last.value, part.value), unit: part.unit };
    else parts.push(part);
  }
  return parts.length > 4 ? [] : parts.map((part) => ({ ...part, unit: part.unit.replace(/^degrees? (?=[cfk]\b|[cf])/i, '').replace(/,$/, '') }));
}
