import type { Route } from '../route.js';

/** REST of sessions and limits beyond the first steps. */
export const sessionRoutes: readonly Route[] = [];
