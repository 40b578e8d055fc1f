import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { RoostError } from '../contract/errors.js';
import { quote } from '../contract/validation.js';
import { actingAs } from '../core/base/acting.js';
import { type ApiOptions, inTime } from './api-options.js';
import { maxBodyBytes, parseBody } from './body.js';
import { extraRoutes } from './extra-routes.js';
import type { Verb } from './route.js';
import { paramsOf, type Route, routes } from './routes.js';
import { contentSecurityPolicy } from './screen-files.js';
import { commonHeaders, errorAnswer } from './status.js';

/** The command line says so; whoever else has the token may claim it too, it only names a door in the audit log. */
const clientHeader = 'x-roost-client';

/** Why a handler's signal aborts; made once, because an error takes its time to note where it was made. */
const clientLeft = new RoostError('cancelled', 'the client left');
const requestEnded = new RoostError('cancelled', 'the request has ended');

const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** All HTTP answers behind the guard. The guard itself sits in front of the router (http-door.ts). */
export function buildApi(options: ApiOptions): FastifyInstance {
  const { log } = options;
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // The door answers what is no request; without this the router would answer it as well, and cut the connection.
    clientErrorHandler: () => undefined,
    routerOptions: { maxParamLength: 16_384 },
    serverFactory: (handler) => options.makeServer(handler),
    frameworkErrors: (error, _request, reply) => void answerError(reply, asRoostError(error)),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer, done) => {
    let parsed: unknown;
    try {
      parsed = parseBody(body);
    } catch (error) {
      return done(error as Error);
    }
    return done(null, parsed);
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(commonHeaders);
    done(request.is404 ? new RoostError('not-found', `there is nothing at ${request.method} ${quote(request.url.split('?', 1)[0] ?? '')}`) : undefined);
  });
  app.setNotFoundHandler(() => {
    throw new RoostError('not-found', 'there is nothing here');
  });
  app.setErrorHandler((thrown, request, reply) => {
    const error = asRoostError(thrown);
    if (!(error instanceof RoostError)) log.error('a request failed', { verb: request.method, path: request.routeOptions.url, error });
    return answerError(reply, error);
  });

  const known: { verb: string; path: string }[] = [];
  const on = (verb: Verb, path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): void => {
    known.push({ verb, path });
    app.route({ method: verb, url: path, handler });
  };

  for (const route of routes) on(route.verb, route.path, (request, reply) => answerRoute(route, request, reply, options));
  for (const extra of extraRoutes(options)) on(extra.verb, extra.path, extra.handler);
  for (const [path, file] of options.screen) {
    on('GET', path, async (request, reply) => {
      if (file.immutable) reply.header('cache-control', 'private, max-age=31536000, immutable');
      return reply
        .header('content-security-policy', contentSecurityPolicy(request.headers.host ?? ''))
        .header('cross-origin-opener-policy', 'same-origin')
        .type(file.type)
        .send(file.content);
    });
  }
  refuseOtherVerbs(app, known);
  return app;
}

async function answerRoute(route: Route, request: FastifyRequest, reply: FastifyReply, { core, clock, answerMs }: ApiOptions): Promise<unknown> {
  const params = paramsOf(route, { path: request.params as Record<string, string>, query: request.query as Record<string, unknown>, body: request.body });
  const abort = new AbortController();
  const left = (): void => abort.abort(clientLeft);
  reply.raw.once('close', left);
  // The table pairs each method with its own parameters; the compiler sees only the union of all of them.
  const handler = core.handlers[route.method] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
  const waitMs = typeof params === 'object' && params !== null && 'waitMs' in params ? Number(params.waitMs) : 0;
  try {
    const result = await inTime(
      clock,
      answerMs + waitMs + route.extraMs,
      actingAs(request.headers[clientHeader] === 'cli' ? 'cli' : 'rest', () => handler(params, abort.signal)),
    );
    return reply.code(route.status(result)).send({ success: true, ...route.pick(result) });
  } finally {
    reply.raw.off('close', left);
    abort.abort(requestEnded);
  }
}

/** Every path answers the verbs it does not know with 405, also where a parameter of another path would match. */
function refuseOtherVerbs(app: FastifyInstance, known: readonly { readonly verb: string; readonly path: string }[]): void {
  for (const path of new Set(known.map((entry) => entry.path))) {
    const allowed = known.filter((entry) => entry.path === path).map((entry) => entry.verb);
    const refuse = async (request: FastifyRequest): Promise<never> => {
      throw new RoostError('method-not-allowed', `${request.method} is not allowed here, wanted: ${allowed.join(', ')}`, {
        details: { allow: allowed.join(', ') },
      });
    };
    app.route({ method: verbs.filter((verb) => !allowed.includes(verb)), url: path, onRequest: refuse, handler: refuse });
  }
}

/** The router's own refusals in our words; what is left is a bug and stays unexplained to the outside. */
function asRoostError(thrown: unknown): unknown {
  if (thrown instanceof RoostError || !(thrown instanceof Error)) return thrown;
  const { code, statusCode } = thrown as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new RoostError('too-large', `the body must be at most ${maxBodyBytes} bytes`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new RoostError('unsupported-media-type', 'the Content-Type header must be application/json');
  if (code === 'ECONNRESET' || code === 'ECONNABORTED')
    return new RoostError('cancelled', 'the client left before its request was complete', { cause: thrown });
  if (code === 'FST_ERR_BAD_URL') return new RoostError('bad-request', 'the path must be valid percent-encoded UTF-8');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') return new RoostError('bad-request', 'the body must be as long as the Content-Length header says');
  if (code?.startsWith('FST_') === true && statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new RoostError('bad-request', 'the request is not valid', { cause: thrown });
  return thrown;
}

function answerError(reply: FastifyReply, error: unknown): FastifyReply {
  const answer = errorAnswer(error);
  // The rest of an oversized upload is not worth reading.
  if (answer.status === 413) reply.header('connection', 'close');
  return reply
    .code(answer.status)
    .headers({ ...commonHeaders, ...answer.headers })
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(answer.body));
}
