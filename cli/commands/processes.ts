import { methods, type Result } from '../../contract/methods.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { clockTime, paint, printable } from '../format.js';
import { connectHost } from '../host.js';

function act(verb: 'start' | 'stop' | 'restart'): Command {
  const usage = `roost ${verb} <process>`;
  return {
    name: verb,
    usage: [usage],
    summary: `${verb} one process; answers when accepted`,
    async run(context, args) {
      const parsed = parse(args, usage, {}, { least: 1, most: 1 });
      const host = await connectHost(context, parsed);
      const answer = methods[`process.${verb}`].result.parse(await host.post(`/api/processes/${encodeURIComponent(parsed.words[0] ?? '')}/${verb}`));
      if (parsed.values['json'] === true) json(context, answer);
      else line(context, printable(answer.message));
      return exitCodes.done;
    },
  };
}

export const start = act('start');
export const stop = act('stop');
export const restart = act('restart');

const logsUsage = 'roost logs <process> [-n N] [-f] [--grep TEXT] [--since 10m] [--until TIME]';
/** How long one question waits for a new line. */
const followMs = 20_000;

type Answer = Result<'process.logs'>;

function show(context: Context, lines: Answer['lines'], dated: boolean): void {
  for (const { atMs, stream, text: said } of lines) {
    const shown = printable(said);
    const time = dated ? new Date(atMs).toISOString().replace('T', ' ').slice(0, 19) : clockTime(atMs);
    line(
      context,
      `${paint(context.colour, 'grey', time)} ${stream === 'err' ? paint(context.colour, 'red', shown) : stream === 'roost' ? paint(context.colour, 'bold', `roost: ${shown}`) : shown}`,
    );
  }
}

const logOptions = {
  lines: { type: 'string', short: 'n' },
  follow: { type: 'boolean', short: 'f' },
  grep: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const;

export const logs: Command = {
  name: 'logs',
  usage: [logsUsage],
  summary: 'the last lines of one process, or those with a text or of a time, also of earlier runs; -f goes on',
  async run(context, args) {
    const parsed = parse(args, logsUsage, logOptions, { least: 1, most: 1 });
    const asked = new URLSearchParams();
    const [grep, since, until] = [text(parsed, 'grep'), text(parsed, 'since'), text(parsed, 'until')];
    if (grep !== undefined) asked.set('search', grep);
    if (since !== undefined) asked.set('since', since);
    if (until !== undefined) asked.set('until', until);
    const ranged = [...asked.keys()].length > 0;
    const count = wholeNumber(text(parsed, 'lines') ?? (ranged ? '5000' : '200'), '-n', 1, 5_000);
    const following = parsed.values['follow'] === true;
    if (following && until !== undefined) throw new Ending(exitCodes.usage, `--until and -f exclude each other; usage: ${logsUsage}`);
    const host = await connectHost(context, parsed);
    const path = `/api/processes/${encodeURIComponent(parsed.words[0] ?? '')}/logs`;
    const read = async (query: string, waitMs = 0): Promise<Answer> => methods['process.logs'].result.parse(await host.get(`${path}?${query}`, waitMs));
    let answer = await read(new URLSearchParams([['lines', String(count)], ...asked]).toString());
    if (parsed.values['json'] === true && !following) {
      json(context, answer.lines);
      return exitCodes.done;
    }
    show(context, answer.lines, ranged);
    if (answer.truncated) context.err('roost: there is more than could be read in time; a later --since narrows it down');
    while (following && !context.signal.aborted) {
      try {
        answer = await read(
          `lines=5000&afterSeq=${answer.lastSeq}&waitMs=${followMs}${grep === undefined ? '' : `&search=${encodeURIComponent(grep)}`}`,
          followMs,
        );
      } catch (error) {
        if (context.signal.aborted) break; // Ctrl-C is how following ends.
        throw error;
      }
      show(context, answer.lines, ranged);
    }
    return exitCodes.done;
  },
};
