import type { RunOutcome, StopKind } from '../../contract/handler-messages.js';
import type { RunVerdict } from './run-watch.js';

/** What is said to a job that is to end, and what its end counts as. */

export const stopWords: Readonly<Record<StopKind, string>> = {
  deadline: 'The soft deadline has passed: please end.',
  cancelled: 'Somebody cancelled this job.',
  'hand-back': 'The job goes back in line: Roost needs its place.',
};

export const cancelled = (message: string): RunOutcome => ({ kind: 'failed', code: 'cancelled', message, final: true });

/** What a job that was asked to end says of itself is one thing, what it counts as another. */
export function countedAs(outcome: RunOutcome, asked: StopKind | undefined): RunOutcome {
  if (asked === undefined || outcome.kind !== 'failed') return outcome;
  if (asked === 'hand-back') return { kind: 'handed-back' };
  return asked === 'cancelled' ? cancelled(outcome.message) : outcome;
}

const ends = {
  deadline: { final: true },
  cancelled: { final: true },
  stalled: { final: false, died: true },
  memory: { final: false, died: true },
} as const;

/** What is told of a job whose process was ended for it. */
export function outcomeOfKill({ code, message }: Extract<RunVerdict, { act: 'kill' }>): RunOutcome {
  if (code === 'handed-back') return { kind: 'handed-back' };
  return { kind: 'failed', code, message: `${message[0]?.toUpperCase()}${message.slice(1)}; its process was ended.`, ...ends[code] };
}

/** The same as a cause of the exit. */
export const causes = { deadline: 'deadline', cancelled: 'deliberate', stalled: 'stalled', memory: 'memory', 'handed-back': 'deliberate' } as const;
