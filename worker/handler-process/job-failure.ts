import { RoostError } from '../../contract/errors.js';
import type { RunOutcome } from '../../contract/handler-messages.js';

/** Ends another try would not change: the input is wrong, or the job is somebody else's now. */
const finalCodes: ReadonlySet<string> = new Set(['bad-request', 'too-large', 'not-found', 'conflict', 'forbidden', 'not-supported', 'cancelled']);

const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)}…`);

/** What a thrown value says of the attempt. An error named UnrecoverableError, as the queue library has it, is final, too. */
export function failureOf(error: unknown): RunOutcome {
  if (!(error instanceof Error)) return { kind: 'failed', code: 'failed', message: shortened(String(error), 2_000), final: false };
  const code = error instanceof RoostError ? error.code : 'failed';
  const final = error instanceof RoostError ? finalCodes.has(code) : error.name === 'UnrecoverableError';
  return {
    kind: 'failed',
    code,
    message: shortened(error.message === '' ? error.name : error.message, 2_000),
    ...(error.stack === undefined ? {} : { stack: shortened(error.stack, 8_000) }),
    final,
  };
}
