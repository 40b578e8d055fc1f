import { z } from 'zod';
import { methods } from '../contract/methods.js';
import { parseInput } from '../contract/validation.js';
import { objectBody } from './body.js';
import { type Route, route, slowMs } from './route.js';
import { approvalRoutes } from './routes/approval-routes.js';
import { coordinatorRoutes } from './routes/coordinator-routes.js';
import { queueRoutes } from './routes/queue-routes.js';
import { scheduleRoutes } from './routes/schedule-routes.js';
import { sessionRoutes } from './routes/session-routes.js';
import { workRoutes } from './routes/work-routes.js';

export type { Route } from './route.js';
export { slowMs } from './route.js';

const act = (verb: 'start' | 'stop' | 'restart'): Route =>
  route('POST', `/api/processes/:name/${verb}`, `process.${verb}`, `${verb} one process; answers when accepted`, { pathFields: { name: 'name' }, status: 202 });

export const routes: readonly Route[] = [
  route('GET', '/api/health', 'health.get', 'status with reasons, required processes, sessions and queues'),
  route('POST', '/api/session/start', 'session.start', 'a session with a warm agent at once, or a place in the line', {
    status: (result) => (result.status === 'ready' ? 200 : 202),
  }),
  route('POST', '/api/session/stop', 'session.stop', 'ends a session; repeating it changes nothing'),
  route('GET', '/api/session/:id', 'session.get', 'one session', { pathFields: { id: 'id' } }),
  route('GET', '/api/session/:id/logs', 'session.logs', 'the last lines of its agent', { pathFields: { id: 'id' }, numbers: ['lines'] }),
  route('POST', '/api/session/:id/turns', 'turn.create', 'asks the agent; answers when the turn is recorded', { pathFields: { id: 'sessionId' }, status: 202 }),
  route('GET', '/api/sessions', 'session.list', 'sessions, paged', { numbers: ['page', 'pageSize'] }),
  route('GET', '/api/pool', 'pool.get', 'the warm agents'),
  route('POST', '/api/pool/resize', 'pool.resize', 'how many agents to keep warm'),
  route('GET', '/api/turns/:id', 'turn.get', 'one turn with its timeline', { pathFields: { id: 'id' } }),
  route('DELETE', '/api/turns/:id', 'turn.cancel', 'cancels a turn', { pathFields: { id: 'id' } }),
  route('POST', '/api/turns/:id/feedback', 'turn.feedback', 'rates an answer once', { pathFields: { id: 'id' } }),
  route('GET', '/api/processes', 'process.list', 'everything supervised'),
  act('start'),
  act('stop'),
  act('restart'),
  route(
    'GET',
    '/api/processes/:name/logs',
    'process.logs',
    'lines of one process; search, since and until (10m or a time) look through its files; waits up to waitMs for lines after afterSeq',
    {
      pathFields: { name: 'name' },
      numbers: ['lines', 'afterSeq', 'waitMs'],
    },
  ),
  route('POST', '/api/hold', 'hold.set', 'emergency stop: hold, interrupt or kill; answers with the survivors', { extraMs: 20_000 }),
  route('POST', '/api/release', 'hold.release', 'ends the emergency stop and resumes exactly what it paused', { extraMs: 10_000 }),
  route('GET', '/api/incidents', 'incident.list', 'disturbances, the newest first', { numbers: ['limit'] }),
  route('GET', '/api/incidents/:id', 'incident.get', 'the whole story of one disturbance', { pathFields: { id: 'id' } }),
  route('GET', '/api/backups', 'backup.list', 'backups of the managed Redis, the newest first'),
  route('POST', '/api/backup', 'backup.create', 'backs Redis up; answers when the copy is proved', { extraMs: slowMs }),
  route('POST', '/api/restore', 'backup.restore', 'puts a backup in the place of the data of Redis; answers when it serves', { extraMs: slowMs }),
  route('GET', '/api/coordinator', 'coordinator.get', 'arms, phase and exploration share'),
  ...queueRoutes,
  ...workRoutes,
  ...scheduleRoutes,
  ...coordinatorRoutes,
  ...approvalRoutes,
  ...sessionRoutes,
];

type Shape = Record<string, z.ZodType>;

interface RouteSchemas {
  readonly path: z.ZodObject<Shape>;
  readonly rest: z.ZodObject<Shape>;
}

/** Made once: zod compiles a schema when it is first used, which takes longer than all else a request needs. */
const made = new WeakMap<Route, RouteSchemas>();
const nothing = z.strictObject({});

/** The method's own schema cut in two: what the path carries and what the query or the body may hold. */
export function schemasOf(entry: Route): RouteSchemas {
  const known = made.get(entry);
  if (known !== undefined) return known;
  const shape: Shape = methods[entry.method].params.shape;
  const inPath = new Set(Object.values(entry.pathFields));
  const part = (wanted: boolean): z.ZodObject<Shape> =>
    z.strictObject(Object.fromEntries(Object.entries(shape).filter(([field]) => inPath.has(field) === wanted)));
  const schemas = { path: part(true), rest: part(false) };
  made.set(entry, schemas);
  return schemas;
}

export interface RequestParts {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Undefined when no byte of a body came. */
  readonly body: unknown;
}

const asNumber = (value: unknown): unknown => (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value) ? Number(value) : value);

/** No body at all is an empty one where nothing is required. */
const bodyObject = (body: unknown, schema: z.ZodObject<Shape>): unknown => (body === undefined && schema.safeParse({}).success ? {} : objectBody(body));

/** The parameters of the core's method out of the parts of a request; a mismatch is 'bad-request' naming the field. */
export function paramsOf(entry: Route, parts: RequestParts): unknown {
  const { path, rest } = schemasOf(entry);
  const fromPath = parseInput(path, Object.fromEntries(Object.entries(entry.pathFields).map(([name, field]) => [field, parts.path[name]])), 'the path');
  const query = Object.fromEntries(Object.entries(parts.query).map(([name, value]) => [name, entry.numbers.includes(name) ? asNumber(value) : value]));
  if (entry.verb !== 'GET' && entry.verb !== 'DELETE') {
    parseInput(nothing, query, 'the query');
    return { ...fromPath, ...parseInput(rest, bodyObject(parts.body, rest), 'the body') };
  }
  return { ...fromPath, ...parseInput(entry.verb === 'GET' ? rest : nothing, query, 'the query') };
}
