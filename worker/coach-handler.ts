import { UnrecoverableError } from 'bullmq';
import type { FromWorker } from '../contract/messages.js';
import { coachJobSchema } from '../core/jobs/queues.js';
import type { TurnStore } from '../core/sessions/turn-store.js';
import type { JobHandler } from './processor.js';
import { suggest } from './suggestion.js';

/** How far back the coach looks in a session. */
const historyTurns = 20;

/** After a turn: works out what the person could do next, keeps it on the turn and returns it. */
export const coachHandler =
  (options: { readonly turns: Pick<TurnStore, 'get' | 'bySession' | 'patch'>; readonly send: (message: FromWorker) => void }): JobHandler =>
  async (job) => {
    const parsed = coachJobSchema.safeParse(job.data);
    if (!parsed.success) throw new UnrecoverableError('a coach job needs turnId and sessionId');
    const { turnId, sessionId } = parsed.data;
    const [turn, history] = await Promise.all([options.turns.get(turnId), options.turns.bySession(sessionId, historyTurns)]);
    if (turn === undefined) throw new UnrecoverableError(`there is no turn ${turnId} to coach`);
    if (turn.suggestion !== null) return turn.suggestion;
    const suggestion = suggest(turn, history);
    const patched = await options.turns.patch(turnId, { suggestion });
    if (patched !== undefined) options.send({ type: 'turn', turn: patched });
    return suggestion;
  };
