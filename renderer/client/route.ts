import { useSyncExternalStore } from 'react';

export const pages = [
  'overview',
  'processes',
  'sessions',
  'agents',
  'queues',
  'schedules',
  'watch',
  'reports',
  'coordinator',
  'approvals',
  'incidents',
  'logs',
  'runbooks',
  'settings',
] as const;
export type Page = (typeof pages)[number];
/** A place in the screen; `item` is the session or process that is open there. */
export interface Route {
  readonly page: Page;
  readonly item: string | null;
}

/** Reads `#/page/item`; anything unknown is the overview. */
export function routeFrom(hash: string): Route {
  const [page, ...rest] = hash.replace(/^#\/?/, '').split('/');
  const known = pages.find((name) => name === page);
  if (known === undefined) return { page: 'overview', item: null };
  return { page: known, item: decode(rest.join('/')) };
}

export const hrefTo = (page: Page, item?: string): string => (item === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(item)}`);

function decode(part: string | undefined): string | null {
  if (part === undefined || part === '') return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};

export function useRoute(): Route {
  return routeFrom(useSyncExternalStore(subscribe, () => window.location.hash));
}

export function goTo(page: Page, item?: string): void {
  window.location.hash = hrefTo(page, item);
}
