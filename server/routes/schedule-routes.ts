import type { Route } from '../route.js';
import { reportRoutes } from './report-routes.js';

/** REST of schedules, reports and drop folders. */
export const scheduleRoutes: readonly Route[] = [...reportRoutes];
