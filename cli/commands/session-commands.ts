import { methods } from '../../contract/methods.js';
import { parse, text } from '../args.js';
import { type Command, exitCodes, json, line } from '../context.js';
import { table } from '../format.js';
import { connectHost } from '../host.js';

const usage = 'roost quota [--user U]';

const quota: Command = {
  name: 'quota',
  usage: [usage],
  summary: "who used how many of today's turns, and when they are renewed",
  async run(context, args) {
    const parsed = parse(args, usage, { user: { type: 'string' } }, { least: 0, most: 0 });
    const user = text(parsed, 'user');
    const host = await connectHost(context, parsed);
    const query = user === undefined ? '' : `?${new URLSearchParams({ userId: user }).toString()}`;
    const answer = methods['quota.list'].result.parse(await host.get(`/api/quotas${query}`));
    if (parsed.values['json'] === true) json(context, answer);
    else {
      for (const row of table(
        ['USER', 'TIER', 'USED', 'LEFT', 'OF'],
        answer.quotas.map((one) => [one.userId, one.tier, one.used, one.left, one.limit]),
      ))
        line(context, row);
      line(context, `renewed at ${new Date(answer.resetsAt).toISOString()}`);
    }
    return exitCodes.done;
  },
};

/** Commands about sessions and limits beyond the first steps. */
export const sessionCommands: readonly Command[] = [quota];
