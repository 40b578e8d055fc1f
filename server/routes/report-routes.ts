import { type Route, route } from '../route.js';

/** REST of what handlers wrote for people. */
export const reportRoutes: readonly Route[] = [
  route('GET', '/api/reports', 'report.list', 'reports of handlers, the newest first', { numbers: ['limit'] }),
  route('GET', '/api/reports/:id', 'report.get', 'one report as Markdown, with the trend of its figures', { pathFields: { id: 'id' } }),
];
