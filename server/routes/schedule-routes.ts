import type { Route } from '../route.js';
import { recurringRoutes } from './recurring-routes.js';
import { reportRoutes } from './report-routes.js';

/** REST of schedules, reports and drop folders. */
export const scheduleRoutes: readonly Route[] = [...recurringRoutes, ...reportRoutes];
