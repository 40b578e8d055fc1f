import { useSyncExternalStore } from 'react';

/** What the host said about waiting when it accepted a session or a turn; it only says it once. */
export interface WaitingHint {
  readonly position: number | null;
  readonly readyAtMs: number | null;
}

let hints: ReadonlyMap<string, WaitingHint> = new Map();
const listeners = new Set<() => void>();
const keepAtMost = 200;

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** `id` is that of the session or the turn. */
export function rememberHint(id: string, hint: WaitingHint): void {
  hints = new Map([...hints, [id, hint] as const].slice(-keepAtMost));
  for (const listener of [...listeners]) listener();
}

export const useWaitingHint = (id: string): WaitingHint | undefined => useSyncExternalStore(subscribe, () => hints.get(id));
