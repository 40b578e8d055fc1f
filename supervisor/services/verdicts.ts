import type { ServiceConfig } from '../../contract/services.js';
import type { ExitView } from '../../contract/state.js';
import type { Random } from '../../core/base/clock.js';
import type { RestartDecision } from '../process/restart-policy.js';
import { defaultStopLadder, type StopLadder } from '../process/types.js';

/** Ends that Roost itself brought about and that say nothing about the program. */
const ownEnds = new Set<ExitView['cause']>(['deliberate', 'recycled']);

/** What the service's own restart rules make of an exit; an undefined decision leaves it to the general policy. */
export function judgeExit(restart: ServiceConfig['restart'], raw: ExitView): { readonly exit: ExitView; readonly decision?: RestartDecision } {
  const exit = readExit(restart, raw);
  if (ownEnds.has(exit.cause) || exit.cause === 'config' || restart.policy === 'always') return { exit };
  if (restart.policy === 'never') return { exit, decision: { kind: 'stay', detail: `It is not started again (restart policy never): ${exit.message}.` } };
  return exit.cause === 'clean' ? { exit, decision: { kind: 'stay', detail: `It has done its work: ${exit.message}.` } } : { exit };
}

/** The lists of codes say what a code means to this program; only an exit of its own accord is read that way. */
function readExit({ successCodes, permanentCodes }: ServiceConfig['restart'], exit: ExitView): ExitView {
  const { cause, code } = exit;
  if (code === null || (cause !== 'clean' && cause !== 'crash' && cause !== 'config')) return exit;
  if (successCodes.includes(code))
    return cause === 'clean' ? exit : { ...exit, cause: 'clean', message: `it ended by itself with exit code ${code}, a success` };
  if (permanentCodes.includes(code)) {
    return cause === 'config'
      ? exit
      : { ...exit, cause: 'config', message: `it ended with exit code ${code}, with which it says that another try cannot help` };
  }
  return cause === 'crash' ? exit : { ...exit, cause: 'crash', message: `it ended by itself with exit code ${code}, which is no success` };
}

/** Polite message, polite signal, SIGKILL of the tree once the grace is over. */
export function ladderOf({ message, signal, grace }: ServiceConfig['stop'], capMs = Number.POSITIVE_INFINITY): StopLadder {
  const killAfterMs = Math.min(grace, capMs);
  return {
    ...defaultStopLadder,
    ...(message === undefined ? {} : { message }),
    signal,
    termAfterMs: message === undefined ? 0 : Math.round(killAfterMs / 2),
    killAfterMs,
  };
}

/** From this share of its limit on a tree is warned about. */
export const memoryWarnShare = 0.8;

export function memoryVerdict(rssBytes: number, limitBytes: number | undefined): 'fine' | 'high' | 'over' {
  if (limitBytes === undefined) return 'fine';
  if (rssBytes >= limitBytes) return 'over';
  return rssBytes >= limitBytes * memoryWarnShare ? 'high' : 'fine';
}

/** Spread both ways, so that services that were started together are not all recycled in the same moment. */
export const recycleDelayMs = ({ after, variance }: { readonly after: number; readonly variance: number }, random: Random): number =>
  Math.round(after * (1 + variance * (2 * random() - 1)));
