import { type Route, route } from '../route.js';

/** REST of workers and handlers. */
export const workRoutes: readonly Route[] = [
  route('GET', '/api/handlers', 'handler.list', 'what jobs there are handlers for, own ones among them'),
  route('GET', '/api/workers', 'worker.list', 'workers with their queues and jobs in hand, also those of other machines'),
  route('POST', '/api/workers/:worker/tune', 'worker.tune', 'jobs side by side, while running', { pathFields: { worker: 'worker' } }),
  route('POST', '/api/workers/:worker/renew', 'worker.renew', 'a fresh process takes over without a gap', {
    pathFields: { worker: 'worker' },
    extraMs: 30_000,
  }),
  route('POST', '/api/queues/:queue/tune', 'queue.tune', 'how many jobs of a queue may begin in a time', { pathFields: { queue: 'queue' } }),
];
