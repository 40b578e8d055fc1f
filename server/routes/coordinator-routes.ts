import type { Route } from '../route.js';

/** REST of the coordinator beyond looking at it. */
export const coordinatorRoutes: readonly Route[] = [];
