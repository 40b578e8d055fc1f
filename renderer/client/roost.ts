import { createContext, useContext, useSyncExternalStore } from 'react';
import type { SliceName, State } from '../../contract/state.js';
import type { ScreenClock } from './clock.js';
import type { Connection } from './connection.js';
import type { Screen, ScreenStore } from './store.js';

export interface Roost {
  readonly store: ScreenStore;
  readonly connection: Connection;
  readonly clock: ScreenClock;
}

export const RoostContext = createContext<Roost | null>(null);

export function useRoost(): Roost {
  const roost = useContext(RoostContext);
  if (roost === null) throw new Error('a component that needs Roost stands outside of RoostContext');
  return roost;
}

/** Renders again only when the selected part is another one. */
export function useScreen<T>(select: (screen: Screen) => T): T {
  const { store } = useRoost();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** One slice of the state; pages are only shown once there is a state. */
export function useSlice<S extends SliceName>(slice: S): State[S] {
  const state = useScreen((screen) => screen.state?.[slice]);
  if (state === undefined) throw new Error(`the slice ${slice} was read before the first state arrived`);
  return state;
}

export const useIsLive = (): boolean => useScreen((screen) => screen.connection.kind === 'live');
