import { type Route, route } from '../route.js';

/** REST of schedules. */
export const recurringRoutes: readonly Route[] = [
  route('GET', '/api/schedules', 'schedule.list', 'recurring jobs with their next and last runs'),
  route('GET', '/api/schedules/:name', 'schedule.get', 'one schedule, its entry in the config file and its last runs', {
    pathFields: { name: 'name' },
    numbers: ['limit'],
  }),
  route('PUT', '/api/schedules/:name', 'schedule.put', 'creates or changes the entry in the config file', {
    pathFields: { name: 'name' },
    status: ({ created }) => (created ? 201 : 200),
  }),
  route('DELETE', '/api/schedules/:name', 'schedule.delete', 'takes the schedule out of the config file', { pathFields: { name: 'name' } }),
  route('POST', '/api/schedules/:name/run', 'schedule.run', 'runs it now, beside its rule, with other data if given', {
    pathFields: { name: 'name' },
    status: 202,
  }),
  route('POST', '/api/schedules/:name/pause', 'schedule.pause', 'no runs until it is resumed', { pathFields: { name: 'name' } }),
  route('POST', '/api/schedules/:name/resume', 'schedule.resume', 'ends a pause, releases a parked schedule', { pathFields: { name: 'name' } }),
  route('POST', '/api/schedule/preview', 'schedule.preview', 'checks an entry and says when it would run'),
];
