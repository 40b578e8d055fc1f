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
  route('POST', '/api/schedule/import', 'schedule.import', 'takes over a Celery beat schedule or a crontab; with dryRun only says what would come of it', {
    status: (result) => (result.import === null ? 200 : 201),
  }),
  route('GET', '/api/schedule/imports', 'schedule.imports', 'what was taken over, the newest first'),
  route('POST', '/api/schedule/imports/:id/undo', 'schedule.undo', 'takes away what an import made', { pathFields: { id: 'id' } }),
  route('GET', '/api/schedule/export', 'schedule.export', 'the way back: a crontab or a Celery beat schedule'),
  route('POST', '/api/schedules/:name/compare', 'schedule.compare', 'its runs beside the log of the old system', { pathFields: { name: 'name' } }),
];
