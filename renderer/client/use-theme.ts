import { useSyncExternalStore } from 'react';
import { storedTheme, storeTheme, type Theme } from './theme.js';

let current: Theme = storedTheme();
const listeners = new Set<() => void>();

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** The chosen theme, the same in every place that shows it. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(subscribe, () => current);
  return [
    theme,
    (next) => {
      current = next;
      storeTheme(next);
      for (const listener of [...listeners]) listener();
    },
  ];
}
