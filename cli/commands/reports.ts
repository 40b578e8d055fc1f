import { methods } from '../../contract/methods.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = ['roost reports [list] [--handler H] [-n N]', 'roost reports show ID'];

const moment = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');

export const reports: Command = {
  name: 'reports',
  usage,
  summary: 'what handlers reported; show prints one as Markdown',
  async run(context, args) {
    const parsed = parse(args, usage.join(' | '), { lines: { type: 'string', short: 'n' }, handler: { type: 'string' } }, { least: 0, most: 2 });
    const [verb = 'list', id] = parsed.words;
    const asJson = parsed.values['json'] === true;
    const limit = wholeNumber(text(parsed, 'lines') ?? '20', '-n', 1, 200);
    if (verb === 'show' && id !== undefined) {
      const host = await connectHost(context, parsed);
      const answer = methods['report.get'].result.parse(await host.get(`/api/reports/${encodeURIComponent(id)}`));
      if (asJson) {
        json(context, answer);
        return exitCodes.done;
      }
      const { report } = answer;
      line(context, `${paint(context.colour, 'bold', printable(report.title))}  ${moment(report.atMs)} UTC`);
      line(context, printable(report.summary));
      line(context);
      // A terminal shows Markdown as it is: the backslashes before marks are for others.
      line(context, printable(report.markdown, true).replace(/\\([\\`*_[\]|<>#~])/g, '$1'));
      const figures = Object.entries(report.figures);
      if (figures.length > 0) line(context, `\n${figures.map(([name, value]) => `${printable(name)} ${value}`).join(' · ')}`);
      return exitCodes.done;
    }
    if (verb !== 'list' || id !== undefined) throw new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);
    const handler = text(parsed, 'handler');
    const host = await connectHost(context, parsed);
    const query = `limit=${limit}${handler === undefined ? '' : `&handler=${encodeURIComponent(handler)}`}`;
    const found = methods['report.list'].result.parse(await host.get(`/api/reports?${query}`));
    if (asJson) json(context, found);
    else if (found.reports.length === 0) line(context, 'no report so far');
    else
      for (const row of table(
        ['ID', 'WHEN (UTC)', 'HANDLER', 'SUMMARY'],
        found.reports.map((one) => [one.id, moment(one.atMs), one.handler, one.summary]),
      ))
        line(context, row);
    return exitCodes.done;
  },
};
