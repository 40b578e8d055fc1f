import { methods } from '../../contract/methods.js';
import type { WatchView } from '../../contract/watch.js';
import { parse } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = ['roost watch [list]', 'roost watch show NAME'];

const ago = (atMs: number | null, nowMs: number): string => (atMs === null ? 'never' : `${duration(Math.max(0, nowMs - atMs))} ago`);

export const watch: Command = {
  name: 'watch',
  usage,
  summary: 'drop folders: what was taken in, what waits, what was set aside and why',
  async run(context, args) {
    const parsed = parse(args, usage.join(' | '), {}, { least: 0, most: 2 });
    const [verb = 'list', name] = parsed.words;
    if (!((verb === 'list' && name === undefined) || (verb === 'show' && name !== undefined))) throw new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);
    const host = await connectHost(context, parsed);
    const answer = methods['watch.list'].result.parse(await host.get('/api/watch'));
    if (name !== undefined) {
      const found = answer.watches.find((one) => one.name === name);
      if (found === undefined) throw new Ending(exitCodes.failed, `there is no drop folder ${name}; roost watch lists them`);
      if (parsed.values['json'] === true) json(context, found);
      else show(context, found, answer.nowMs);
      return exitCodes.done;
    }
    if (parsed.values['json'] === true) json(context, answer);
    else if (answer.watches.length === 0) line(context, 'no drop folder; name one under watch: in roost.yaml');
    else
      for (const row of table(
        ['NAME', 'STATE', 'QUEUED', 'WAITING', 'REJECTED', 'LOOKED', 'PATH', 'PROBLEM'],
        answer.watches.map((one) => [
          one.name,
          one.state,
          one.queued,
          one.kind === 'jsonl' ? `${one.behind} bytes` : one.settling + one.behind,
          one.rejected,
          ago(one.lastScanAtMs, answer.nowMs),
          one.path,
          one.problem,
        ]),
      ))
        line(context, row);
    return exitCodes.done;
  },
};

function show(context: Context, one: WatchView, nowMs: number): void {
  line(context, `${one.name}  ${one.state === 'problem' ? paint(context.colour, 'red', one.state) : one.state}`);
  if (one.problem !== null) line(context, printable(one.problem));
  line(context, `path      ${printable(one.path)} (${one.kind}, every ${duration(one.everyMs)})`);
  line(context, `jobs      ${one.handler} in ${one.queue}`);
  line(context, `looked    ${ago(one.lastScanAtMs, nowMs)}, in ${one.scanMs ?? 0} ms`);
  line(context, `items     ${one.present} there, ${one.settling} being written, ${one.behind}${one.kind === 'jsonl' ? ' bytes' : ''} waiting for room`);
  line(context, `so far    ${one.queued} queued, ${one.rejected} set aside`);
  for (const { atMs, item, reason } of one.rejects) line(context, `  ${ago(atMs, nowMs)}  ${printable(item)}: ${printable(reason)}`);
}
