import { type Context, line } from '../context.js';
import { paint, printable } from '../format.js';

/** One thing that `roost doctor` has looked at. */
export interface Check {
  readonly check: string;
  readonly verdict: 'ok' | 'note' | 'problem';
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function showCheck(context: Context, { check, verdict, found, advice }: Check): void {
  const colour = verdict === 'ok' ? 'green' : verdict === 'note' ? 'yellow' : 'red';
  line(context, `${paint(context.colour, colour, verdict.padEnd(7))}  ${check.padEnd(14)}  ${printable(found)}`);
  if (advice !== undefined) line(context, `${' '.repeat(25)}${printable(advice)}`);
}
