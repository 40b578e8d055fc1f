import { useSyncExternalStore } from 'react';

const subscribe = (listener: () => void): (() => void) => {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
};

/** Whether a person can see this screen: what is read again and again rests in a hidden window or tab. */
export const useSeen = (): boolean => useSyncExternalStore(subscribe, () => document.visibilityState === 'visible');
