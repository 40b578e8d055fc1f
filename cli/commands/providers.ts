import { methods } from '../../contract/methods.js';
import { parse } from '../args.js';
import { type Command, exitCodes, json, line } from '../context.js';
import { duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = 'roost providers [list]';

export const providers: Command = {
  name: 'providers',
  usage: [usage],
  summary: 'model providers with their state, rate and use of today',
  async run(context, args) {
    const parsed = parse(args, usage, {}, { least: 0, most: 1 });
    const host = await connectHost(context, parsed);
    const found = methods['provider.list'].result.parse(await host.get('/api/providers'));
    if (parsed.values['json'] === true) json(context, found);
    else if (found.providers.length === 0) line(context, 'no provider is configured: the built-in responder answers');
    else {
      if (found.degraded) line(context, paint(context.colour, 'yellow', 'none of them may be asked now: the built-in responder answers'));
      for (const row of table(
        ['PROVIDER', 'MODEL', 'STATE', 'RATE LEFT', 'REQUESTS', 'FAILED', 'TOKENS IN', 'OUT', 'COST', 'LAST', 'PROBLEM'],
        found.providers.map(({ today, ...one }) => [
          one.name,
          one.model,
          one.state,
          one.rateLeft,
          today.requests,
          today.failures,
          today.inputTokens,
          today.outputTokens,
          today.cost === null ? null : `$${today.cost.toFixed(4)}${today.estimated ? ' (est.)' : ''}`,
          duration(one.lastMs),
          printable(one.problem ?? ''),
        ]),
      ))
        line(context, row);
    }
    return exitCodes.done;
  },
};
