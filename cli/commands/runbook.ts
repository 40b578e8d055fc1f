/// <reference types="vite/types/importMeta.d.ts" />
import { isRunbook, runbooks } from '../../contract/runbooks.js';
import { parse } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { paint, printable, table } from '../format.js';

const usage = 'roost runbook [NAME]';

/** The files of docs/runbooks, built into the program: they can be read while nothing runs. */
const files = import.meta.glob<string>('../../docs/runbooks/*.md', { query: '?raw', import: 'default', eager: true });
const textOf = (name: string): string => files[`../../docs/runbooks/${name}.md`] ?? '';
const titleOf = (name: string): string => /^# (.+)$/m.exec(textOf(name))?.[1] ?? name;

export const runbook: Command = {
  name: 'runbook',
  usage: [usage],
  summary: 'what a reason means, where to look and what to do; without a name the list of them. No host has to run',
  async run(context, args) {
    const parsed = parse(args, usage, {}, { least: 0, most: 1 });
    const asJson = parsed.values['json'] === true;
    const [name] = parsed.words;
    if (name === undefined) {
      if (asJson)
        json(
          context,
          runbooks.map((one) => ({ name: one, title: titleOf(one) })),
        );
      else
        for (const row of table(
          ['RUNBOOK', 'WHAT'],
          runbooks.map((one) => [one, titleOf(one)]),
        ))
          line(context, row);
      return exitCodes.done;
    }
    if (!isRunbook(name)) throw new Ending(exitCodes.usage, `there is no runbook ${JSON.stringify(printable(name).slice(0, 40))}; roost runbook lists them`);
    if (asJson) json(context, { name, title: titleOf(name), text: textOf(name) });
    else for (const row of textOf(name).trimEnd().split('\n')) line(context, forTerminal(row, context.colour));
    return exitCodes.done;
  },
};

/** Markdown reads well as it is; only headings stand out and links lose their target, which is a file nobody here has. */
function forTerminal(row: string, colour: boolean): string {
  const heading = /^#+ (.*)$/.exec(row)?.[1];
  return heading === undefined ? row.replace(/\[([a-z-]+)\]\([^)]*\)/g, '$1') : paint(colour, 'bold', heading);
}
