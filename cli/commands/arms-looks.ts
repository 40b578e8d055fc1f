import { methods } from '../../contract/methods.js';
import { type Parsed, text } from '../args.js';
import { type Context, exitCodes, json, line } from '../context.js';
import { paint, printable } from '../format.js';
import { connectHost } from '../host.js';
import { showArms, showDecisions, showIntents } from './arms-tables.js';
import { showDecision, showTrends, showVerdicts, showWhatif } from './arms-text.js';
import { type Act, asJson, decimal, given, misuse, needed, policyOf } from './arms-words.js';

/** Asks for something and shows it; takes no name. */
function looking<T>(path: (parsed: Parsed) => string, schema: { parse(value: unknown): T }, show: (context: Context, value: T) => void, waitMs = 0): Act {
  return async (context, parsed, name) => {
    if (name !== undefined) throw misuse();
    const host = await connectHost(context, parsed);
    const answer = schema.parse(await host.get(path(parsed), waitMs));
    if (asJson(parsed)) json(context, answer);
    else show(context, answer);
    return exitCodes.done;
  };
}

const query = (values: Readonly<Record<string, string | number | undefined>>): string => {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? '' : `?${search}`;
};

/** What `roost arms` shows. */
export const looks: Readonly<Record<string, Act>> = {
  list: looking(() => '/api/coordinator', methods['coordinator.get'].result, showArms),
  verdicts: looking(() => '/api/coordinator/verdicts', methods['coordinator.verdicts'].result, showVerdicts),
  trends: looking(() => '/api/coordinator/trends', methods['coordinator.trends'].result, showTrends, 15_000),
  intents: looking(() => '/api/coordinator/intents', methods['coordinator.intents'].result, showIntents),
  decisions: looking(
    (parsed) => `/api/coordinator/decisions${query({ limit: decimal(parsed, 'lines', 1, 500) ?? 20, intent: text(parsed, 'intent') })}`,
    methods['coordinator.decisions'].result,
    showDecisions,
    15_000,
  ),
  async decision(context, parsed, name) {
    const host = await connectHost(context, parsed);
    const { decision } = methods['coordinator.decision'].result.parse(await host.get(`/api/coordinator/decisions/${encodeURIComponent(needed(name))}`, 15_000));
    if (asJson(parsed)) json(context, decision);
    else showDecision(context, decision);
    return exitCodes.done;
  },
  async whatif(context, parsed, name) {
    if (name !== undefined) throw misuse();
    const host = await connectHost(context, parsed);
    const question = given({
      policy: policyOf(parsed),
      alpha: decimal(parsed, 'alpha', 0, 10),
      last: decimal(parsed, 'lines', 1, 20_000),
      intent: text(parsed, 'intent'),
    });
    const answer = methods['coordinator.whatif'].result.parse(await host.post('/api/coordinator/whatif', question, 60_000));
    if (asJson(parsed)) json(context, answer);
    else showWhatif(context, answer);
    return exitCodes.done;
  },
  async export(context, parsed) {
    const host = await connectHost(context, parsed);
    const { state } = methods['coordinator.export'].result.parse(await host.get('/api/coordinator/state'));
    json(context, state);
    return exitCodes.done;
  },
  async verify(context, parsed) {
    const host = await connectHost(context, parsed);
    const answer = methods['coordinator.verify'].result.parse(await host.get('/api/coordinator/verify', 20_000));
    if (asJson(parsed)) json(context, answer);
    else if (answer.identical) line(context, `${answer.entries} entries of the log add up to the state, to the last digit`);
    else for (const one of answer.differences) line(context, paint(context.colour, 'red', printable(one)));
    return answer.identical ? exitCodes.done : exitCodes.failed;
  },
};
