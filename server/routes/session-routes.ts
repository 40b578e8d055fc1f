import { type Route, route } from '../route.js';

/** REST of sessions and limits beyond the first steps. */
export const sessionRoutes: readonly Route[] = [
  route('GET', '/api/session/:id/history', 'session.turns', 'everything said in a session, archived turns too, from the newest back', {
    pathFields: { id: 'id' },
    numbers: ['before', 'limit'],
  }),
  route('GET', '/api/quotas', 'quota.list', "who used how many of today's turns, the busiest first", { numbers: ['limit'] }),
  route('POST', '/api/token', 'session.token', 'a LiveKit token for the room of a session, or for a room by name; 501 until LiveKit is configured'),
];
