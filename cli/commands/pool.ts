import { z } from 'zod';
import { methods } from '../../contract/methods.js';
import { parse, wholeNumber } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { bytes, clockTime, duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = 'roost pool [show] | resize N';

export const pool: Command = {
  name: 'pool',
  usage: [usage],
  summary: 'the warm agents; resize sets how many',
  async run(context, args) {
    const parsed = parse(args, usage, {}, { least: 0, most: 2 });
    const [verb = 'show', size] = parsed.words;
    const asJson = parsed.values['json'] === true;
    if (verb === 'resize' && size !== undefined) {
      const wished = wholeNumber(size, 'N', 0, 100);
      const host = await connectHost(context, parsed);
      const answer = methods['pool.resize'].result.parse(await host.post('/api/pool/resize', { size: wished }));
      if (asJson) json(context, answer);
      else line(context, `${answer.target} agents will be kept warm`);
      return exitCodes.done;
    }
    if (verb !== 'show' || size !== undefined) throw new Ending(exitCodes.usage, `usage: ${usage}`);
    const host = await connectHost(context, parsed);
    const view = methods['pool.get'].result.parse(await host.get('/api/pool'));
    if (asJson) {
      json(context, view);
      return exitCodes.done;
    }
    line(
      context,
      `${view.ready} of ${view.target} warm (${view.template}), ${view.starting} starting, ${view.assigned} assigned, ${view.waiting} waiting, capacity ${view.capacity}`,
    );
    if (view.memory?.message != null) line(context, paint(context.colour, 'yellow', printable(view.memory.message)));
    if (view.templates === undefined && view.trouble !== null) line(context, paint(context.colour, 'yellow', printable(view.trouble)));
    for (const { trouble, retryAtMs } of view.templates ?? [])
      if (trouble !== null)
        line(
          context,
          paint(context.colour, 'yellow', `${printable(trouble)}${retryAtMs == null ? '' : ` Next try at ${clockTime(retryAtMs).slice(0, 8)} UTC.`}`),
        );
    for (const row of table(
      ['TEMPLATE', 'WARM', 'WANTED', 'CONFIGURED', 'STARTING', 'IN SESSIONS', 'EACH'],
      (view.templates ?? []).map((one) => [one.template, one.ready, one.wanted, one.target, one.starting, one.assigned, bytes(one.estimateBytes)]),
    ))
      line(context, row);
    if (view.slots.length > 0) line(context, '');
    for (const row of table(
      ['AGENT', 'STATE', 'PID', 'SESSION', 'STARTED IN', 'MEMORY', 'DETAIL'],
      view.slots.map((slot) => [slot.agentId, slot.state, slot.pid, slot.sessionId, duration(slot.startupMs), bytes(slot.rssBytes), slot.detail]),
    ))
      line(context, row);
    return exitCodes.done;
  },
};

const openUsage = 'roost open [--print]';
const ticketSchema = z.object({ url: z.string(), expiresInMs: z.number() });

export const open: Command = {
  name: 'open',
  usage: [openUsage],
  summary: 'opens the screen in a browser and prints its sign-in link; the link works once, for 5 minutes',
  async run(context, args) {
    const parsed = parse(args, openUsage, { print: { type: 'boolean' } }, { least: 0, most: 0 });
    const host = await connectHost(context, parsed);
    const ticket = ticketSchema.parse(await host.post('/api/ticket'));
    if (parsed.values['json'] === true) json(context, ticket);
    else line(context, ticket.url);
    if (parsed.values['print'] !== true && parsed.values['json'] !== true)
      context.openLink?.(ticket.url, (why) => context.err(`roost: ${why}: open the link by hand`));
    return exitCodes.done;
  },
};
