import { methods } from '../../contract/methods.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, type Context, exitCodes, json, line } from '../context.js';
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

const logsUsage = 'roost logs <process> [-n N] [-f]';
/** How long one question waits for a new line. */
const followMs = 20_000;

type Lines = readonly { readonly seq: number; readonly atMs: number; readonly stream: string; readonly text: string }[];

function show(context: Context, lines: Lines): void {
  for (const { atMs, stream, text: said } of lines) {
    const shown = printable(said);
    line(
      context,
      `${paint(context.colour, 'grey', clockTime(atMs))} ${stream === 'err' ? paint(context.colour, 'red', shown) : stream === 'roost' ? paint(context.colour, 'bold', `roost: ${shown}`) : shown}`,
    );
  }
}

export const logs: Command = {
  name: 'logs',
  usage: [logsUsage],
  summary: 'the last lines of one process; -f goes on',
  async run(context, args) {
    const parsed = parse(args, logsUsage, { lines: { type: 'string', short: 'n' }, follow: { type: 'boolean', short: 'f' } }, { least: 1, most: 1 });
    const count = wholeNumber(text(parsed, 'lines') ?? '200', '-n', 1, 5_000);
    const host = await connectHost(context, parsed);
    const path = `/api/processes/${encodeURIComponent(parsed.words[0] ?? '')}/logs`;
    const read = async (query: string, waitMs = 0): Promise<Lines> => methods['process.logs'].result.parse(await host.get(`${path}?${query}`, waitMs)).lines;
    let lines = await read(`lines=${count}`);
    if (parsed.values['json'] === true && parsed.values['follow'] !== true) {
      json(context, lines);
      return exitCodes.done;
    }
    show(context, lines);
    let last = lines.at(-1)?.seq ?? 0;
    while (parsed.values['follow'] === true && !context.signal.aborted) {
      try {
        lines = await read(`lines=5000&afterSeq=${last}&waitMs=${followMs}`, followMs);
      } catch (error) {
        if (context.signal.aborted) break; // Ctrl-C is how following ends.
        throw error;
      }
      show(context, lines);
      last = lines.at(-1)?.seq ?? last;
    }
    return exitCodes.done;
  },
};
