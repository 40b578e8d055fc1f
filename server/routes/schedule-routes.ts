import type { Route } from '../route.js';

/** REST of schedules, reports and drop folders. */
export const scheduleRoutes: readonly Route[] = [];
