import { parseDurationMs } from '../contract/quantities.js';
import { type Parsed, text } from './args.js';
import { Ending, exitCodes } from './context.js';

/** An option that is a duration, in ms; undefined when it was not given. */
export function span(parsed: Parsed, name: string): number | undefined {
  const given = text(parsed, name);
  if (given === undefined) return undefined;
  const ms = parseDurationMs(given);
  if (ms === undefined) throw new Ending(exitCodes.usage, `--${name} must be a duration such as 90s, 10m, 2h or 7d`);
  return ms;
}
