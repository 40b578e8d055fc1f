import { methods } from '../../contract/methods.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = ['roost audit [list] [-n N] [--before SEQ] [--act PREFIX]', 'roost audit verify'];
const verifyWithinMs = 10 * 60_000;

const detailText = (detail: Readonly<Record<string, unknown>>): string => (Object.keys(detail).length === 0 ? '' : JSON.stringify(detail));

export const audit: Command = {
  name: 'audit',
  usage,
  summary: 'who did what, the newest first; verify reads the whole chain and exits 1 at the first entry that does not fit',
  async run(context, args) {
    const options = { lines: { type: 'string', short: 'n' }, before: { type: 'string' }, act: { type: 'string' } } as const;
    const parsed = parse(args, usage.join(' | '), options, { least: 0, most: 1 });
    const verb = parsed.words[0] ?? 'list';
    const asJson = parsed.values['json'] === true;
    if (verb === 'verify') {
      const host = await connectHost(context, parsed);
      const verdict = methods['audit.verify'].result.parse(await host.get('/api/audit/verify', verifyWithinMs));
      if (asJson) json(context, verdict);
      else if (verdict.broken === null)
        line(context, verdict.entries === 0 ? 'whole: no entry yet' : `whole: ${verdict.entries} entries, ${verdict.firstSeq} to ${verdict.lastSeq}`);
      else {
        const { seq, file, line: at, message } = verdict.broken;
        line(context, `${paint(context.colour, 'red', 'broken')} at entry ${seq} (${printable(file)}, line ${at}): ${printable(message)}`);
      }
      return verdict.ok ? exitCodes.done : exitCodes.failed;
    }
    if (verb !== 'list') throw new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);
    const query = new URLSearchParams({ limit: String(wholeNumber(text(parsed, 'lines') ?? '50', '-n', 1, 500)) });
    const before = text(parsed, 'before');
    if (before !== undefined) query.set('beforeSeq', String(wholeNumber(before, '--before', 1, 999_999_999)));
    const act = text(parsed, 'act');
    if (act !== undefined) query.set('act', act);
    const host = await connectHost(context, parsed);
    const found = methods['audit.list'].result.parse(await host.get(`/api/audit?${query}`));
    if (asJson) json(context, found);
    else if (found.entries.length === 0) line(context, 'no entry');
    else
      for (const row of table(
        ['SEQ', 'AT (UTC)', 'WHO', 'ACT', 'TARGET', 'DETAIL'],
        found.entries.map((entry) => [entry.seq, entry.at.slice(0, 19).replace('T', ' '), entry.actor, entry.act, entry.target, detailText(entry.detail)]),
      ))
        line(context, row);
    return exitCodes.done;
  },
};
