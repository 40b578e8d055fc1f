import type { Approval } from '../../contract/approvals.js';
import { methods } from '../../contract/methods.js';
import { parse } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = ['roost approvals [list]', 'roost approvals show ID', 'roost approvals allow ID | deny ID'];

const decisions = { allow: 'allow', deny: 'deny' } as const;

export const approvals: Command = {
  name: 'approvals',
  usage,
  summary: 'what agents wait for a person to allow; each is decided once',
  async run(context, args) {
    const parsed = parse(args, usage.join(' | '), {}, { least: 0, most: 2 });
    const [verb = 'list', id] = parsed.words;
    const asJson = parsed.values['json'] === true;
    if ((verb === 'allow' || verb === 'deny') && id !== undefined) {
      const host = await connectHost(context, parsed);
      const answer = await host.post(`/api/approvals/${encodeURIComponent(id)}`, { decision: decisions[verb] });
      const { approval } = methods['approval.decide'].result.parse(answer);
      if (asJson) json(context, approval);
      else line(context, `${approval.status}: ${printable(approval.title)}`);
      return exitCodes.done;
    }
    if (verb !== 'show' && (verb !== 'list' || id !== undefined)) throw new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);
    const host = await connectHost(context, parsed);
    const found = methods['approval.list'].result.parse(await host.get('/api/approvals'));
    if (verb === 'show') {
      const one = [...found.pending, ...found.recent].find((approval) => approval.id === id);
      if (one === undefined) throw new Ending(exitCodes.failed, `there is no approval ${JSON.stringify(id ?? '')}; roost approvals lists them`);
      if (asJson) json(context, one);
      else for (const row of story(one)) line(context, row);
      return exitCodes.done;
    }
    if (asJson) json(context, found);
    else if (found.pending.length === 0) line(context, 'nothing waits for a person');
    else {
      for (const row of table(
        ['ID', 'AGENT', 'KIND', 'ENDS IN', 'WHAT', 'WHY'],
        found.pending.map((one) => [one.id, one.agentId, one.kind, duration(Math.max(0, one.expiresAtMs - found.nowMs)), one.title.slice(0, 100), one.reason]),
      ))
        line(context, row);
      line(context, paint(context.colour, 'grey', 'roost approvals show ID tells exactly what would happen'));
    }
    return exitCodes.done;
  },
};

function* story(one: Approval): Generator<string> {
  yield `${one.id}  ${one.status}${one.decidedBy === null ? '' : ` by ${one.decidedBy}`}`;
  yield `agent     ${one.agentId} (${printable(one.template)})${one.sessionId === null ? '' : `, session ${one.sessionId}`}${one.turnId === null ? '' : `, turn ${one.turnId}`}`;
  yield `wants     ${printable(one.title)}`;
  yield `because   ${printable(one.reason)}`;
  if (one.command !== null) {
    for (const [index, word] of one.command.argv.entries()) yield `${index === 0 ? 'command   ' : '          '}${printable(JSON.stringify(word))}`;
    yield `in        ${printable(one.command.cwd)}`;
    if (one.command.envNames.length > 0) yield `sets      ${one.command.envNames.map((name) => printable(name)).join(', ')}`;
    yield `program   ${printable(one.command.program)}`;
    yield `sha256    ${one.command.sha256}`;
  }
  if (one.detail !== null) for (const text of one.detail.split('\n').slice(0, 200)) yield `  ${printable(text)}`;
}
