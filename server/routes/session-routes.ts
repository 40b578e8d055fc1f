import { type Route, route } from '../route.js';

/** REST of sessions and limits beyond the first steps. */
export const sessionRoutes: readonly Route[] = [
  route('GET', '/api/quotas', 'quota.list', "who used how many of today's turns, the busiest first", { numbers: ['limit'] }),
];
