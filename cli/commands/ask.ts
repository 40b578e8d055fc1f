import { z } from 'zod';
import { methods } from '../../contract/methods.js';
import { type TurnView, turnViewSchema } from '../../contract/state.js';
import { parse, required, text, wholeNumber } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { duration, printable } from '../format.js';
import { connectHost, type Host } from '../host.js';

const usage = 'roost ask --session ID "text" [--intent I] [--priority 1..10] [--wait]';
const textEvent = z.object({ offset: z.number(), text: z.string() });
const stateEvent = z.object({ status: z.string(), turn: turnViewSchema });

export const ask: Command = {
  name: 'ask',
  usage: [usage],
  summary: 'puts a request to a session; --wait prints the answer as it comes',
  async run(context, args) {
    const parsed = parse(
      args,
      usage,
      { session: { type: 'string' }, intent: { type: 'string' }, priority: { type: 'string' }, wait: { type: 'boolean' } },
      { least: 1, most: 1_000 },
    );
    const sessionId = required(parsed, 'session', usage);
    const intent = text(parsed, 'intent');
    const priority = text(parsed, 'priority');
    const body = {
      text: parsed.words.join(' '),
      ...(intent === undefined ? {} : { intent }),
      ...(priority === undefined ? {} : { priority: wholeNumber(priority, '--priority', 1, 10) }),
    };
    const host = await connectHost(context, parsed);
    const accepted = methods['turn.create'].result.parse(await host.post(`/api/session/${encodeURIComponent(sessionId)}/turns`, body));
    const asJson = parsed.values['json'] === true;
    if (parsed.values['wait'] !== true) {
      if (asJson) json(context, accepted);
      else
        line(
          context,
          `${accepted.turnId}  ${accepted.status}  ${accepted.position === 0 ? 'next in line' : `number ${accepted.position} in line, about ${duration(accepted.estimatedWaitMs)}`}`,
        );
      return exitCodes.done;
    }
    const turn = await follow(context, host, accepted.turnId, !asJson);
    if (asJson) json(context, turn);
    if (turn.status === 'done') return exitCodes.done;
    throw new Ending(exitCodes.failed, `turn ${turn.id} ${turn.status}${turn.error === null ? '' : `: ${printable(turn.error.message)}`}`);
  },
};

/** Prints pieces of the answer as they come and returns the finished turn. */
async function follow(context: Context, host: Host, turnId: string, print: boolean): Promise<TurnView> {
  let shown = 0;
  let turn: TurnView | undefined;
  for await (const { event, data } of host.events(`/api/turns/${encodeURIComponent(turnId)}/events`)) {
    if (event === 'text' && print) {
      const piece = textEvent.parse(data);
      // Another attempt begins a new answer: the half one stays visible above it.
      if (piece.offset < shown) context.write('\n');
      context.write(printable(piece.text, true));
      shown = piece.offset + piece.text.length;
    }
    if (event === 'state') turn = stateEvent.parse(data).turn;
  }
  if (print && shown > 0) line(context);
  if (turn === undefined || !['done', 'failed', 'cancelled'].includes(turn.status))
    throw new Ending(exitCodes.failed, `the host stopped before turn ${turnId} had ended: it goes on after the next start`);
  return turn;
}

const feedbackUsage = 'roost feedback TURN --rating 1..5 [--comment C]';

export const feedback: Command = {
  name: 'feedback',
  usage: [feedbackUsage],
  summary: 'rates an answer once',
  async run(context, args) {
    const parsed = parse(args, feedbackUsage, { rating: { type: 'string' }, comment: { type: 'string' } }, { least: 1, most: 1 });
    const rating = wholeNumber(required(parsed, 'rating', feedbackUsage), '--rating', 1, 5);
    const comment = text(parsed, 'comment');
    const host = await connectHost(context, parsed);
    const answer = methods['turn.feedback'].result.parse(
      await host.post(`/api/turns/${encodeURIComponent(parsed.words[0] ?? '')}/feedback`, { rating, ...(comment === undefined ? {} : { comment }) }),
    );
    if (parsed.values['json'] === true) json(context, answer);
    else if (!answer.recorded) line(context, 'this turn has a rating already');
    else
      line(
        context,
        `thank you: reward ${answer.reward.toFixed(2)}${answer.counted ? '' : ' (kept with the turn; its decision is too old for an arm to learn from it)'}`,
      );
    return exitCodes.done;
  },
};
