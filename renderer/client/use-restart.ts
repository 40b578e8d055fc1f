import { useCallback, useSyncExternalStore } from 'react';
import type { ProcessView } from '../../contract/state.js';
import { type AskedRestart, showsRestarting } from './restarting.js';
import { useRoost } from './roost.js';
import { useAct } from './use-act.js';
import { useNow } from './use-now.js';

let asked: ReadonlyMap<string, AskedRestart> = new Map();
const listeners = new Set<() => void>();
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
function remember(name: string, restart: AskedRestart | null): void {
  const next = new Map(asked);
  if (restart === null) next.delete(name);
  else next.set(name, restart);
  asked = next;
  for (const listener of [...listeners]) listener();
}

/** Restart that shows at the click, in every place where the process appears; a refusal takes it back. */
export function useRestart(): { restart(process: ProcessView): void; isRestarting(process: ProcessView): boolean } {
  const { clock } = useRoost();
  const { run } = useAct();
  const nowMs = useNow();
  const current = useSyncExternalStore(subscribe, () => asked);
  const restart = useCallback(
    (process: ProcessView): void => {
      remember(process.name, { incarnation: process.incarnation, askedAtMs: clock.nowMs() });
      void run('process.restart', { name: process.name }, `${process.name} was not restarted`).then((answer) => {
        if (answer === null) remember(process.name, null);
      });
    },
    [clock, run],
  );
  return { restart, isRestarting: (process) => showsRestarting(current.get(process.name), process, nowMs) };
}
