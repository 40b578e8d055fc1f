import { z } from 'zod';
import { RoostError } from './errors.js';

/** One sentence about input that did not fit: which field, what is wanted, what came. */
export interface Problem {
  readonly field: string | undefined;
  readonly message: string;
}

const shownChars = 40;

/** Text from outside, cut at a whole character and safe to print: control characters come out escaped. */
export function quote(text: string): string {
  const cut = text.length <= shownChars ? text : `${text.slice(0, shownChars).replace(/[\uD800-\uDBFF]$/, '')}…`;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What came, in a few words, never more than a short excerpt of it. */
export function inWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value.length <= shownChars ? quote(value) : `${quote(value)} (${value.length} characters)`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
  undefined: 'left out',
  nonoptional: 'given',
};

const plural = (count: number | bigint, noun: string): string => `${count} ${noun}${Number(count) === 1 ? '' : 's'}`;

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  const least = small ? 'at least' : 'at most';
  if (issue.origin === 'string') return `must be ${least} ${plural(limit, 'character')} long`;
  if (issue.origin === 'array' || issue.origin === 'set') return `must hold ${least} ${plural(limit, 'item')}`;
  if (issue.inclusive === false) return `must be ${small ? 'more' : 'less'} than ${limit}`;
  return `must be ${least} ${limit}`;
}

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case 'too_small':
    case 'too_big':
      return bound(issue);
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${JSON.stringify(issue.values[0])}`
        : `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      // Our own schemas word their rules as "must …"; anything else is a library's text for programmers.
      return /^(must|is|needs) /.test(issue.message) ? issue.message : 'is not valid';
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${cutName(String(part))}`)).join('');
}

const cutName = (name: string): string => (name.length <= shownChars ? name : `${name.slice(0, shownChars)}…`);

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (at !== null && typeof at === 'object' && Object.hasOwn(at, part) ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );
}

/** The first problem zod found in `value`, worded for a person. `subject` names the whole ("the body"); `known` lists the fields there are. */
export function problemOf(error: z.core.$ZodError, value: unknown, subject: string, known: readonly string[] = []): Problem {
  const issue = error.issues[0];
  if (issue === undefined) return { field: undefined, message: `${subject} is not valid` };
  const field = issue.path.length === 0 ? undefined : pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const name = field === undefined ? cutName(key) : `${field}.${cutName(key)}`;
    const hint = field === undefined && known.length > 0 ? `; wanted: ${known.join(', ')}` : '';
    return { field: name, message: `${quote(name)} is not a known field${hint}` };
  }
  const [wrongKey] = issue.code === 'invalid_key' ? issue.issues : [];
  if (wrongKey !== undefined) {
    const place = issue.path.length > 1 ? pathText(issue.path.slice(0, -1)) : subject;
    return { field, message: `${quote(String(issue.path.at(-1) ?? ''))} in ${place} ${wanted(wrongKey)}` };
  }
  const text = wanted(issue);
  const came = text.includes(', got ') ? '' : `, got ${inWords(valueAt(value, issue.path))}`;
  return { field, message: `${field ?? subject} ${text}${came}` };
}

/** Parses input at a door; a mismatch is a RoostError 'bad-request' that names field, wish and what came. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, subject: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const problem = problemOf(parsed.error, value, subject, known);
  throw new RoostError('bad-request', problem.message, problem.field === undefined ? {} : { field: problem.field });
}
