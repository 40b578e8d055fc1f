import type { ExitCause, ExitView } from '../../contract/state.js';

/** Two deaths with one signature are the same death: trying again will end the same way. */
export interface DeathSignature {
  /** Compared. */
  readonly key: string;
  /** Shown to a person. */
  readonly text: string;
}

/** Signals that anyone may send: they tell about the sender, not about the program. */
const fromOutside: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
/** Ends that were wanted, or that pass by themselves. */
const harmless: ReadonlySet<ExitCause> = new Set(['deliberate', 'recycled', 'rate-limit', 'parent-lost']);

/** Times, pids, ports, ids and addresses differ from life to life and mean nothing. */
export function normalised(line: string): string {
  return line
    .toLowerCase()
    .replace(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g, '#')
    .replace(/\b(?:0x)?[0-9a-f]*\d[0-9a-f]{6,}\b/g, '#')
    .replace(/\d+(?:[.,:]\d+)*/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Null for an end that says nothing about the next life. */
export function deathSignature(exit: ExitView): DeathSignature | null {
  if (harmless.has(exit.cause) || (exit.cause === 'signal' && fromOutside.has(exit.signal ?? ''))) return null;
  const how = exit.signal ?? (exit.code === null ? '' : `exit code ${exit.code}`);
  // A process that never was has no words; why it was not is in the message.
  const words = exit.lastLine ?? (exit.code === null && exit.signal === null ? exit.message : '');
  return {
    key: `${exit.cause}|${how}|${normalised(words)}`,
    text: [exit.cause, ...(how === '' ? [] : [how]), ...(words === '' ? [] : [`“${words}”`])].join(', '),
  };
}
