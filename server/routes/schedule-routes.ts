import { type Route, route } from '../route.js';
import { loginRoutes } from './login-routes.js';
import { recurringRoutes } from './recurring-routes.js';
import { reportRoutes } from './report-routes.js';

/** REST of schedules, reports and drop folders. */
export const scheduleRoutes: readonly Route[] = [
  ...recurringRoutes,
  ...reportRoutes,
  ...loginRoutes,
  route('GET', '/api/watch', 'watch.list', 'drop folders: what was taken in, what waits, what was set aside'),
];
