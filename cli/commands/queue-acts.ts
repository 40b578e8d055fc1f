import { methods } from '../../contract/methods.js';
import { cleanStates } from '../../contract/queue-methods.js';
import { parse, text, wholeNumber } from '../args.js';
import { confirmed, yesOption } from '../confirm.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { duration } from '../format.js';
import { connectHost } from '../host.js';
import { span } from '../span.js';

const slowMs = 90_000;
const queueAt = (queue: string | undefined): string => `/api/queues/${encodeURIComponent(queue ?? '')}`;

const cleanUsage = `roost clean QUEUE --state ${cleanStates.join('|')} [--older 7d] [--limit N] [--yes]`;

export const clean: Command = {
  name: 'clean',
  usage: [cleanUsage],
  summary: 'removes jobs of one state that are at least so old, the oldest first',
  async run(context, args) {
    const options = { ...yesOption, state: { type: 'string' }, older: { type: 'string' }, limit: { type: 'string' } } as const;
    const parsed = parse(args, cleanUsage, options, { least: 1, most: 1 });
    const [queue = ''] = parsed.words;
    const state = cleanStates.find((known) => known === text(parsed, 'state'));
    if (state === undefined) throw new Ending(exitCodes.usage, `--state must be one of ${cleanStates.join(', ')}`);
    const limit = wholeNumber(text(parsed, 'limit') ?? '1000', '--limit', 1, 10_000);
    const olderThanMs = span(parsed, 'older') ?? 0;
    const host = await connectHost(context, parsed);
    await confirmed(context, parsed, `Remove up to ${limit} ${state} jobs of ${queue}${olderThanMs === 0 ? '' : ` older than ${duration(olderThanMs)}`}?`);
    const answer = methods['queue.clean'].result.parse(await host.post(`${queueAt(queue)}/clean`, { state, olderThanMs, limit }, slowMs));
    if (parsed.values['json'] === true) json(context, answer);
    else line(context, `${answer.removed} removed, ${answer.left} ${state} left`);
    return exitCodes.done;
  },
};

const flow = (name: 'pause' | 'resume', summary: string, past: string): Command => ({
  name,
  usage: [`roost ${name} QUEUE | --all`],
  summary,
  async run(context, args) {
    const parsed = parse(args, `roost ${name} QUEUE | --all`, { all: { type: 'boolean' } }, { least: 0, most: 1 });
    const [queue] = parsed.words;
    if ((queue === undefined) !== (parsed.values['all'] === true)) throw new Ending(exitCodes.usage, `usage: roost ${name} QUEUE | --all`);
    const host = await connectHost(context, parsed);
    const answer = await host.post(queue === undefined ? `/api/queues/${name}` : `${queueAt(queue)}/${name}`, {});
    const changed = name === 'pause' ? methods['queue.pause'].result.parse(answer).paused : methods['queue.resume'].result.parse(answer).resumed;
    if (parsed.values['json'] === true) json(context, { [past]: changed });
    else line(context, changed.length === 0 ? `nothing to do: ${queue ?? 'every queue'} is ${past} already` : `${past}: ${changed.join(', ')}`);
    return exitCodes.done;
  },
});

export const pause = flow('pause', 'no job of a queue begins any more; those in hand go on', 'paused');
export const resume = flow('resume', 'a paused queue goes on', 'resumed');
