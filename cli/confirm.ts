import type { Parsed } from './args.js';
import { type Context, Ending, exitCodes } from './context.js';

/** The option of every command that destroys something. */
export const yesOption = { yes: { type: 'boolean', short: 'y' } } as const;

/** Asks before an act that cannot be undone. Scripts say --yes; where nobody can answer, not saying it is bad usage. */
export async function confirmed(context: Context, parsed: Parsed, question: string): Promise<void> {
  if (parsed.values['yes'] === true) return;
  if (context.confirm === undefined) throw new Ending(exitCodes.usage, `${question} Nobody is here to ask: say --yes to do it`);
  if (!(await context.confirm(question))) throw new Ending(exitCodes.failed, 'nothing was done');
}
