import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBoundedJson } from '../contract/bounded-json.js';
import { RoostError } from '../contract/errors.js';
import { methods } from '../contract/methods.js';
import { inWords, parseInput, quote } from '../contract/validation.js';
import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';
import type { RoostCore } from '../supervisor/core.js';
import { signInPath, socketPath } from './guard.js';
import { openApi, type ExtraRoute } from './openapi.js';
import { paramsOf, routes, type Route } from './routes.js';
import { contentSecurityPolicy, type ScreenFile } from './screen-files.js';
import { ticketLifeMs } from './sign-in.js';
import { commonHeaders, errorAnswer } from './status.js';
import { streamTurn } from './turn-events.js';

export const maxBodyBytes = 256 * 1024;
const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export interface ApiOptions {
  readonly core: RoostCore;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** Every answer but a stream comes within this; a long poll gets its own wait on top. */
  readonly answerMs: number;
  readonly screen: ReadonlyMap<string, ScreenFile>;
  /** Aborts when the door closes: ends event streams. */
  readonly closing: AbortSignal;
  readonly makeServer: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server;
  readonly mintTicket: () => { readonly ticket: string; readonly url: string };
  /** Throws 'unauthorized'; returns the Set-Cookie value. */
  readonly signIn: (credential: { readonly ticket: string } | { readonly token: string }, request: IncomingMessage) => string;
}

const credentialSchema = z.strictObject({ ticket: z.string().min(1).max(200).optional(), token: z.string().min(1).max(512).optional() });
const liveKitSchema = z.strictObject({ sessionId: z.string().min(1).max(128).optional(), room: z.string().min(1).max(128).optional(), identity: z.string().min(1).max(128) });

/** All HTTP answers behind the guard. The guard itself sits in front of the router (http-door.ts). */
export function buildApi(options: ApiOptions): FastifyInstance {
  const { log } = options;
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 16_384 },
    serverFactory: (handler) => options.makeServer(handler),
    frameworkErrors: (error, _request, reply) => void answerError(reply, asRoostError(error)),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => parseBody(body));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(commonHeaders);
    if (request.is404) throw new RoostError('not-found', `there is nothing at ${request.method} ${quote(request.url.split('?', 1)[0] ?? '')}`);
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
  const on = (verb: 'GET' | 'POST' | 'DELETE', path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): void => {
    known.push({ verb, path });
    app.route({ method: verb, url: path, handler });
  };

  for (const route of routes) on(route.verb, route.path, (request, reply) => answerRoute(route, request, reply, options));
  for (const extra of extraRoutes(options)) on(extra.verb, extra.path, extra.handler);
  for (const [path, file] of options.screen) {
    on('GET', path, async (request, reply) => {
      if (file.immutable) reply.header('cache-control', 'private, max-age=31536000, immutable');
      return reply.header('content-security-policy', contentSecurityPolicy(request.headers.host ?? '')).header('cross-origin-opener-policy', 'same-origin').type(file.type).send(file.content);
    });
  }
  refuseOtherVerbs(app, known);
  return app;
}

interface Extra extends ExtraRoute {
  readonly verb: 'GET' | 'POST';
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

function extraRoutes(options: ApiOptions): readonly Extra[] {
  const { core, clock, version, answerMs } = options;
  const extras: Extra[] = [
    { verb: 'GET', path: '/health/live', summary: 'is this process answering', answer: 'status only, no token needed', handler: async () => ({ status: 'live' }) },
    {
      verb: 'GET', path: '/health/ready', summary: 'is every required process up and proved', answer: '200 or 503, status only, no token needed',
      handler: async (_request, reply) => reply.code(core.ready() ? 200 : 503).send({ status: core.ready() ? 'ready' : 'not-ready' }),
    },
    {
      verb: 'GET', path: '/metrics', summary: 'Prometheus text format', answer: 'metrics',
      handler: async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await inTime(clock, answerMs, core.metricsText())),
    },
    {
      verb: 'GET', path: '/api/turns/:id/events', summary: 'server-sent events progress, text and state until the turn has ended', answer: 'text/event-stream',
      handler: async (request, reply) => {
        const { id } = parseInput(methods['turn.get'].params, request.params, 'the path');
        reply.hijack();
        await streamTurn({ core, turnId: id, response: reply.raw, clock, readMs: answerMs, closing: options.closing }).catch((error: unknown) => {
          if (!reply.raw.headersSent) return sendRaw(reply, error);
          options.log.error('an event stream failed', { error });
          return void reply.raw.destroy();
        });
      },
    },
    {
      verb: 'POST', path: '/api/token', summary: 'a LiveKit token', answer: '501 until LiveKit is configured',
      handler: async (request) => {
        parseInput(liveKitSchema, objectBody(request.body), 'the body');
        throw new RoostError('livekit-not-configured', 'LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
      },
    },
    {
      verb: 'POST', path: '/api/ticket', summary: 'a sign-in link for a browser, valid once and for 5 minutes', answer: 'ticket and url',
      handler: async (request) => {
        if (request.body !== undefined) parseInput(z.strictObject({}), objectBody(request.body), 'the body');
        return { success: true, ...options.mintTicket(), expiresInMs: ticketLifeMs };
      },
    },
    {
      verb: 'POST', path: signInPath, summary: 'a page exchanges its ticket for a cookie', answer: 'a cookie for this run',
      handler: async (request, reply) => {
        const { ticket, token } = parseInput(credentialSchema, objectBody(request.body), 'the body');
        const credential = ticket !== undefined ? { ticket } : token !== undefined ? { token } : undefined;
        if (credential === undefined) throw new RoostError('bad-request', 'ticket must be a string, got nothing', { field: 'ticket' });
        return reply.header('set-cookie', options.signIn(credential, request.raw)).send({ success: true });
      },
    },
    { verb: 'GET', path: socketPath, summary: "the screen's channel", answer: '101', handler: async () => { throw new RoostError('bad-request', `${socketPath} must be opened as a WebSocket`); } },
  ];
  const description = openApi(routes, extras, version);
  return [...extras, { verb: 'GET', path: '/openapi.json', summary: 'this description', answer: 'OpenAPI 3.1', handler: async () => description }];
}

async function answerRoute(route: Route, request: FastifyRequest, reply: FastifyReply, { core, clock, answerMs }: ApiOptions): Promise<unknown> {
  const params = paramsOf(route, { path: request.params as Record<string, string>, query: request.query as Record<string, unknown>, body: request.body });
  const abort = new AbortController();
  const left = (): void => abort.abort(new RoostError('cancelled', 'the client left'));
  reply.raw.once('close', left);
  // The table pairs each method with its own parameters; the compiler sees only the union of all of them.
  const handler = core.handlers[route.method] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
  const waitMs = typeof params === 'object' && params !== null && 'waitMs' in params ? Number(params.waitMs) : 0;
  try {
    const result = await inTime(clock, answerMs + waitMs, handler(params, abort.signal));
    return reply.code(route.status(result)).send({ success: true, ...route.pick(result) });
  } finally {
    reply.raw.off('close', left);
    abort.abort(new RoostError('cancelled', 'the request has ended'));
  }
}

async function inTime<T>(clock: Clock, deadlineMs: number, promise: Promise<T>): Promise<T> {
  const outcome = await within(clock, deadlineMs, promise);
  if (outcome.kind === 'done') return outcome.value;
  throw new RoostError('timeout', `no answer within ${Math.round(deadlineMs / 1_000)} s; what was asked may still happen: read the state before trying again`);
}

/** Every path answers the verbs it does not know with 405, also where a parameter of another path would match. */
function refuseOtherVerbs(app: FastifyInstance, known: readonly { readonly verb: string; readonly path: string }[]): void {
  for (const path of new Set(known.map((entry) => entry.path))) {
    const allowed = known.filter((entry) => entry.path === path).map((entry) => entry.verb);
    const refuse = async (request: FastifyRequest): Promise<never> => {
      throw new RoostError('method-not-allowed', `${request.method} is not allowed here, wanted: ${allowed.join(', ')}`, { details: { allow: allowed.join(', ') } });
    };
    app.route({ method: verbs.filter((verb) => !allowed.includes(verb)), url: path, onRequest: refuse, handler: refuse });
  }
}

function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RoostError('bad-request', 'the body must be UTF-8 text', { cause });
  }
  return parseBoundedJson(text, 'the body');
}

function objectBody(body: unknown): unknown {
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) return body;
  throw new RoostError('bad-request', `the body must be a JSON object, got ${inWords(body)}`);
}

/** The router's own refusals in our words; what is left is a bug and stays unexplained to the outside. */
function asRoostError(thrown: unknown): unknown {
  if (thrown instanceof RoostError || !(thrown instanceof Error)) return thrown;
  const { code, statusCode } = thrown as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new RoostError('too-large', `the body must be at most ${maxBodyBytes} bytes`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new RoostError('unsupported-media-type', 'the Content-Type header must be application/json');
  if (code === 'FST_ERR_BAD_URL') return new RoostError('bad-request', 'the path must be valid percent-encoded UTF-8');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') return new RoostError('bad-request', 'the body must be as long as the Content-Length header says');
  if (code?.startsWith('FST_') === true && statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new RoostError('bad-request', 'the request is not valid', { cause: thrown });
  return thrown;
}

function answerError(reply: FastifyReply, error: unknown): FastifyReply {
  const answer = errorAnswer(error);
  // The rest of an oversized upload is not worth reading.
  if (answer.status === 413) reply.header('connection', 'close');
  return reply.code(answer.status).headers({ ...commonHeaders, ...answer.headers }).type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
}

function sendRaw(reply: FastifyReply, error: unknown): void {
  const answer = errorAnswer(error);
  reply.raw.writeHead(answer.status, { ...commonHeaders, ...answer.headers, 'content-type': 'application/json; charset=utf-8' });
  reply.raw.end(JSON.stringify(answer.body));
}
