import type { Route } from '../route.js';

/** REST of queues, jobs and their control. */
export const queueRoutes: readonly Route[] = [];
