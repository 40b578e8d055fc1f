import type { ProcessView } from '../../contract/state.js';

/** A restart a person clicked, remembered until the state shows it; the row answers at once. */
export interface AskedRestart {
  readonly incarnation: number;
  readonly askedAtMs: number;
}

const patienceMs = 8_000;

/** True while the click is newer than anything the host has told about this process. */
export function showsRestarting(asked: AskedRestart | undefined, process: Pick<ProcessView, 'incarnation' | 'state'>, nowMs: number): boolean {
  if (asked === undefined || nowMs - asked.askedAtMs > patienceMs) return false;
  return process.incarnation === asked.incarnation && (process.state === 'running' || process.state === 'backoff' || process.state === 'quarantined');
}
