import type { Reaped } from '../process/reap.js';
import type { LastCrash } from '../start-record.js';

export interface OwnDeath {
  readonly aliveAtMs: number;
  readonly message: string;
  readonly lines: readonly string[];
}

/** The story of a run of Roost that nobody ended, as far as the next one can tell: what it ran, and what was found of it. */
export function ownDeath({ startedAtMs, aliveAtMs }: LastCrash, leftovers: readonly Reaped[]): OwnDeath {
  const at = (ms: number): string => new Date(ms).toISOString();
  const named = (action: Reaped['action']): string => leftovers.flatMap((one) => (one.action === action ? [`${one.name} (pid ${one.pid})`] : [])).join(', ');
  const running = [...new Set(leftovers.flatMap(({ name, action }) => (action === 'not-ours' || name === 'grandchild' ? [] : [name])))];
  const rows: readonly (readonly [string, string])[] = [
    ['It ran', running.join(', ')],
    ['Ended with it', named('gone')],
    ['Left behind and ended now', named('killed')],
    ['Left behind and still there', named('survived')],
    ['Their numbers belong to others now, who were left alone', named('not-ours')],
  ];
  return {
    aliveAtMs,
    message: `Roost itself ended without a word, last seen alive at ${at(aliveAtMs)}: it was killed, it crashed, or the machine lost its power. It was started again.`,
    lines: [`That run began at ${at(startedAtMs)}.`, ...rows.flatMap(([what, names]) => (names === '' ? [] : [`${what}: ${names}.`]))],
  };
}
