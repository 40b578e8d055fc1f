import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Ending, exitCodes } from './context.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Options every command knows besides its own. */
const common = { 'data-dir': { type: 'string' }, json: { type: 'boolean' } } as const satisfies Options;

export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
}

const misuse = (message: string): Ending => new Ending(exitCodes.usage, message);

export function parse(args: readonly string[], usage: string, options: Options, words: { readonly least: number; readonly most: number }): Parsed {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: { ...common, ...options }, allowPositionals: true });
  } catch (cause) {
    throw misuse(`${(cause as Error).message.split('. ')[0]?.split('\n')[0] ?? 'bad arguments'}; usage: ${usage}`);
  }
  if (parsed.positionals.length < words.least || parsed.positionals.length > words.most) throw misuse(`usage: ${usage}`);
  return { values: parsed.values as Parsed['values'], words: parsed.positionals };
}

export function text(parsed: Parsed, name: string): string | undefined {
  const value = parsed.values[name];
  return typeof value === 'string' ? value : undefined;
}

/** A required option; its absence is bad usage. */
export function required(parsed: Parsed, name: string, usage: string): string {
  const value = text(parsed, name);
  if (value === undefined || value === '') throw misuse(`--${name} is needed; usage: ${usage}`);
  return value;
}

export function wholeNumber(value: string, name: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw misuse(`${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(value.slice(0, 40))}`);
}
