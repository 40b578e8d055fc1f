import { WordFinder } from './word-finder.js';

/**
 * What must never stand in a log, and how text is freed of it: values that Roost knows (wherever they
 * appear, also written for a URL, in JSON or in base64) and what looks like a secret by its shape.
 */

const hidden = '***';
/** Shorter ones would be found in innocent words. */
const leastChars = 6;
const mostValues = 2_000;

/** Reading a line costs less than replacing in it: most lines hold none of these, in whatever case. */
const hintWords: readonly string[] = [
  ...['://', 'pass', 'pwd', 'token', 'secret', 'key', 'authoriz', 'bearer', 'basic', 'cookie', 'credential', 'sk-', 'pk-', 'rk-'],
  ...['sk_', 'pk_', 'rk_', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'xox', 'eyJ', 'AKIA', 'AIza'],
];
const hint = new RegExp(hintWords.join('|').replaceAll('/', '\\/'), 'i');
const inUrl = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s/@]*):([^\s@/]*)@/gi;
/** `password=…`, `"token": "…"`, `Authorization: Bearer …`: programs write their secrets in many ways. Bounded, so that no line makes it slow. */
const pair =
  /\b([\w-]{0,40}(?:passw(?:or)?d|passphrase|pwd|(?<![a-z])pass(?![a-z])|token(?!s|iz|_count|_usage)|secret(?!ar)|api[-_]?key|access[-_]?key|private[-_]?key|credential|cookie|authorization)[\w-]{0,40})(["']?\s{0,4}[:=]\s{0,4})(?:(?:bearer|basic)\s+)?("[^"]*"|'[^']*'|[^\s,;&"']+)/gi;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const shapes = /\b(?:(?:sk|pk|rk)[-_][\w-]{12,}|gh[pousr]_\w{16,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)/g;

/** Hides by shape alone. Doing it twice changes nothing. */
export function hideShapes(text: string): string {
  if (!hint.test(text)) return text;
  return text
    .replace(inUrl, `$1$2:${hidden}@`)
    .replace(pair, (whole, name: string, between: string, value: string) => (isCount(name, value) ? whole : `${name}${between}${masked(value)}`))
    .replace(bearer, `$1 ${hidden}`)
    .replace(shapes, hidden);
}

/** Quotes stay: without them what follows would look like the rest of the value the next time. */
const masked = (value: string): string => (/^(["']).*\1$/s.test(value) ? `${value[0]}${hidden}${value[0]}` : hidden);

/** `token: 5` counts something; a password may be a number. */
const isCount = (name: string, value: string): boolean => /token/i.test(name) && /^\d{1,7}$/.test(value);

/** Names of variables and settings that say that their value is a secret. */
export const secretName = /pass(word|wd|phrase)?$|pwd$|(^|[_-])(pass|pin|pat)([_-]|$)|token$|secret|(api|access|private)[_-]?key|credential|cookie/i;

/** Shells call the working folder so; hiding it would hide its path in every line. */
const workingFolder = /^(old)?pwd$/i;

/** Every value below `source` that its name, or the user part of an address, tells to be a secret. */
export function secretsIn(source: unknown, name = '', depth = 0): string[] {
  if (typeof source === 'string') {
    const inside = [...source.matchAll(inUrl)].map((match) => match[3] ?? '');
    return secretName.test(name) && !workingFolder.test(name) && !/^(true|false|none|\d{1,9})$/i.test(source) ? [source, ...inside] : inside;
  }
  if (source === null || typeof source !== 'object' || depth > 12) return [];
  if (Array.isArray(source)) return source.flatMap((item) => secretsIn(item, name, depth + 1));
  return Object.entries(source).flatMap(([key, value]) => secretsIn(value, key, depth + 1));
}

/** The values of this run. Everybody who makes or reads a secret adds it; every line that is kept or sent goes through `hide`. */
export class Secrets {
  #values: readonly string[] = [];
  #finder: WordFinder | undefined;

  add(...values: readonly (string | undefined)[]): void {
    const known = new Set(this.#values);
    for (const value of values) for (const form of formsOf(value ?? '')) known.add(form);
    // The longest first: one may be part of another.
    this.#values = [...known].slice(-mostValues).sort((a, b) => b.length - a.length);
    this.#finder = undefined;
  }

  /** Finds in bytes whatever `hide` might change, all at once; it may suspect the innocent, never the other way round. */
  get finder(): WordFinder {
    this.#finder ??= new WordFinder([...hintWords, ...this.#values]);
    return this.#finder;
  }

  /** True when nothing in a text would be hidden: one look at many lines at once. */
  clean(text: string): boolean {
    return !hint.test(text) && !this.#values.some((value) => text.includes(value));
  }

  /** Linear in the text, without effect on text that holds no secret, and idempotent. */
  hide(text: string): string {
    let told = text;
    for (const value of this.#values) if (told.includes(value)) told = told.replaceAll(value, hidden);
    return hideShapes(told);
  }
}

/** As it is, and as it looks in a URL, in a string of JSON and in base64. */
function formsOf(value: string): string[] {
  if (value.length < leastChars) return [];
  const bytes = Buffer.from(value, 'utf8');
  return [...new Set([value, asInUrl(value), JSON.stringify(value).slice(1, -1), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')])];
}

function asInUrl(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    // Half a character has no such form.
    return value;
  }
}
