import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RoostError } from '../contract/errors.js';
import { methods } from '../contract/methods.js';
import { parseInput } from '../contract/validation.js';
import { type ApiOptions, inTime } from './api-options.js';
import { objectBody } from './body.js';
import { signInPath, socketPath } from './guard.js';
import { type ExtraRoute, openApi } from './openapi.js';
import { routes } from './routes.js';
import { ticketLifeMs } from './sign-in.js';
import { commonHeaders, errorAnswer } from './status.js';
import { streamTurn } from './turn-events.js';

const credentialSchema = z.strictObject({ ticket: z.string().min(1).max(200).optional(), token: z.string().min(1).max(512).optional() });
interface Extra extends ExtraRoute {
  readonly verb: 'GET' | 'POST';
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** What is no plain translation of one handler: probes, metrics, event streams, signing in. */
export function extraRoutes(options: ApiOptions): readonly Extra[] {
  const { core, clock, version, answerMs } = options;
  const extras: Extra[] = [
    {
      verb: 'GET',
      path: '/health/live',
      summary: 'is this process answering',
      answer: 'status only, no token needed',
      handler: async () => ({ status: 'live' }),
    },
    {
      verb: 'GET',
      path: '/health/ready',
      summary: 'is every required process up and proved',
      answer: '200 or 503, status only, no token needed',
      handler: async (_request, reply) => reply.code(core.ready() ? 200 : 503).send({ status: core.ready() ? 'ready' : 'not-ready' }),
    },
    {
      verb: 'GET',
      path: '/metrics',
      summary: 'Prometheus text format',
      answer: 'metrics',
      handler: async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await inTime(clock, answerMs, core.metricsText())),
    },
    {
      verb: 'GET',
      path: '/api/turns/:id/events',
      summary: 'server-sent events progress, text and state until the turn has ended',
      answer: 'text/event-stream',
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
      verb: 'POST',
      path: '/api/ticket',
      summary: 'a sign-in link for a browser, valid once and for 5 minutes',
      answer: 'ticket and url',
      handler: async (request) => {
        if (request.body !== undefined) parseInput(z.strictObject({}), objectBody(request.body), 'the body');
        return { success: true, ...options.mintTicket(), expiresInMs: ticketLifeMs };
      },
    },
    {
      verb: 'POST',
      path: signInPath,
      summary: 'a page exchanges its ticket for a cookie',
      answer: 'a cookie for this run',
      handler: async (request, reply) => {
        const { ticket, token } = parseInput(credentialSchema, objectBody(request.body), 'the body');
        const credential = ticket !== undefined ? { ticket } : token !== undefined ? { token } : undefined;
        if (credential === undefined) throw new RoostError('bad-request', 'ticket must be a string, got nothing', { field: 'ticket' });
        return reply.header('set-cookie', options.signIn(credential, request.raw)).send({ success: true });
      },
    },
    {
      verb: 'GET',
      path: socketPath,
      summary: "the screen's channel",
      answer: '101',
      handler: async () => {
        throw new RoostError('bad-request', `${socketPath} must be opened as a WebSocket`);
      },
    },
  ];
  const description = openApi(routes, extras, version);
  return [...extras, { verb: 'GET', path: '/openapi.json', summary: 'this description', answer: 'OpenAPI 3.1', handler: async () => description }];
}

function sendRaw(reply: FastifyReply, error: unknown): void {
  const answer = errorAnswer(error);
  reply.raw.writeHead(answer.status, { ...commonHeaders, ...answer.headers, 'content-type': 'application/json; charset=utf-8' });
  reply.raw.end(JSON.stringify(answer.body));
}
