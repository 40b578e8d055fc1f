import { policyNames } from '../../contract/coordinator-views.js';
import { type Parsed, text } from '../args.js';
import { type Context, Ending, exitCodes } from '../context.js';

/** What every act of `roost arms` reads from its command line. */

export type Act = (context: Context, parsed: Parsed, name: string | undefined) => Promise<number>;

export const usage: readonly string[] = [
  'roost arms [list] | verdicts | intents | trends | decisions [-n N] | decision TURN',
  'roost arms set [ARM] [--weight W] [--prior P] [--alpha A] [--policy P] [--half-life N|never]',
  'roost arms freeze ARM | unfreeze ARM | reset ARM|--all | add ARM [--prior P] [--weight W] | retire ARM | undo | revert',
  'roost arms whatif [--policy P] [--alpha A] [-n N] [--intent I] | export | import FILE | verify',
];
export const misuse = (): Ending => new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);

export const options = {
  weight: { type: 'string' },
  prior: { type: 'string' },
  alpha: { type: 'string' },
  policy: { type: 'string' },
  'half-life': { type: 'string' },
  intent: { type: 'string' },
  all: { type: 'boolean' },
  lines: { type: 'string', short: 'n' },
} as const;

/** A decimal number within bounds; undefined when the option was not given. */
export function decimal(parsed: Parsed, name: string, least: number, most: number): number | undefined {
  const value = text(parsed, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,7}(\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Ending(exitCodes.usage, `--${name} must be a number from ${least} to ${most}, got ${JSON.stringify(value.slice(0, 40))}`);
}

export function policyOf(parsed: Parsed): (typeof policyNames)[number] | undefined {
  const value = text(parsed, 'policy');
  if (value === undefined) return undefined;
  const known = policyNames.find((name) => name === value);
  if (known === undefined) throw new Ending(exitCodes.usage, `--policy must be one of ${policyNames.join(', ')}, got ${JSON.stringify(value.slice(0, 40))}`);
  return known;
}

export const given = <T extends object>(from: T): Partial<T> =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Partial<T>;

export const asJson = (parsed: Parsed): boolean => parsed.values['json'] === true;

export function needed(name: string | undefined): string {
  if (name === undefined) throw misuse();
  return name;
}
